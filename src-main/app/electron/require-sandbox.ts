import { app } from 'electron';
import { AppError } from '../../errors/index.ts';

/**
 * Refuses to run an installed app with Chromium's sandbox off. The launcher of an AppImage turns it off by itself where
 * AppArmor forbids its name spaces (electron/electron#42510). Raises `NO_SANDBOX`.
 */
export function requireSandbox(): void {
  if (!app.isPackaged || !app.commandLine.hasSwitch('no-sandbox')) return;
  throw new AppError('NO_SANDBOX', 'This computer does not let Pi Workbench run in its sandbox, so it does not run.', {
    hint: 'Install the .deb package instead of the AppImage: it brings the permission that Ubuntu asks for.',
  });
}
