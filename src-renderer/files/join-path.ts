/** A name in a folder of the computer the app runs on, which may be Windows; empty without a name. */
export function joinPath(folder: string, name: string): string {
  const separator = folder.includes('\\') ? '\\' : '/';
  return name === '' ? '' : folder.replace(/[\\/]$/, '') + separator + name;
}
