import { nativeTheme } from 'electron';
import type { SettingsStore } from '../../settings/index.ts';

/** Lets the window's frame, menus and dialogs follow the theme chosen in the settings, as the page does. */
export function setupTheme(settings: SettingsStore): void {
  const follow = (): void => {
    nativeTheme.themeSource = settings.current.theme;
  };
  follow();
  settings.changes.subscribe(follow);
}
