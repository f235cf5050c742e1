/**
 * Puts text on the clipboard; false when the browser refuses. Falls back to a hidden selection, which needs no
 * permission, because the desktop shell denies all permissions.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  area.className = 'visually-hidden';
  // Inside an open dialog, focus may not leave it.
  const host = document.querySelector('[role="dialog"], [role="alertdialog"]') ?? document.body;
  host.append(area);
  try {
    area.select();
    return document.execCommand('copy');
  } finally {
    area.remove();
    if (before instanceof HTMLElement) before.focus();
  }
}
