import { nativeTheme } from 'electron';
import type { SettingsStore } from '../../settings/index.ts';

/** Lets the window's frame, menus and dialogs follow the theme chosen in the settings, as the page does. */
export function setupTheme(settings: SettingsStore): void {
  const follow = (): void => {
    const { theme } = settings.current;
    if (nativeTheme.themeSource !== theme) nativeTheme.themeSource = theme;
  };
  follow();
  settings.changes.subscribe(follow);
}
