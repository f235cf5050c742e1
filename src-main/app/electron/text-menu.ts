import { Menu, type BrowserWindow, type MenuItemConstructorOptions } from 'electron';

/** The menu of a right click: cut, copy and paste, where they can do something. Electron brings none. */
export function addTextMenu(window: BrowserWindow): void {
  window.webContents.on('context-menu', (_event, { editFlags, isEditable, selectionText }) => {
    const items: MenuItemConstructorOptions[] = [];
    if (isEditable) items.push({ role: 'cut', enabled: editFlags.canCut });
    if (isEditable || selectionText !== '') items.push({ role: 'copy', enabled: editFlags.canCopy });
    if (isEditable) {
      items.push({ role: 'paste', enabled: editFlags.canPaste }, { type: 'separator' }, { role: 'selectAll' });
    }
    if (items.length > 0) Menu.buildFromTemplate(items).popup({ window });
  });
}
