/** What tells how this copy of the app came here. */
export interface InstallFacts {
  readonly platform: NodeJS.Platform;
  /** False when it runs from its sources. */
  readonly packaged: boolean;
  /** `$APPIMAGE`: the file an AppImage was started from. */
  readonly appImage: string | undefined;
}

/**
 * How to get a newer version, in words. The app has no updater of its own: one could not work for a deb, for an AppImage
 * in a folder of root, or for a build that nobody signed, and it would be a way in.
 */
export function updateAdvice({ platform, packaged, appImage }: InstallFacts): string {
  if (!packaged) return 'This copy runs from its sources: fetch them anew and run npm start.';
  if (appImage) return `Download the newer AppImage and put it in the place of ${appImage}.`;
  if (platform === 'linux') return 'Download the newer .deb file and install it with: sudo apt install ./FILE.deb';
  if (platform === 'darwin') return 'Download the newer .dmg file and drag the app over the old one.';
  return 'Download the newer installer and run it. Your devices and settings stay.';
}
