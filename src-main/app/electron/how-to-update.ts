import { app } from 'electron';
import { updateAdvice } from '../start/update-advice.ts';

/** How this copy of the app is updated, in words. */
export function howToUpdate(): string {
  return updateAdvice({ platform: process.platform, packaged: app.isPackaged, appImage: process.env['APPIMAGE'] });
}
