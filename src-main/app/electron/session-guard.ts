import type { Session } from 'electron';

/** Addresses the page must never reach: it gets everything through its port. */
const networkAddresses = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file:///*'];

/** Denies a session every permission, every device and every request to a network, whatever the page asks for. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest({ urls: networkAddresses }, (_details, answer) => answer({ cancel: true }));
  // Its word lists would be downloaded, and there is no prose to check.
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => event.preventDefault());
}
