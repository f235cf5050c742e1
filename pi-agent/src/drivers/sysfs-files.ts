import { access, open, readFile, readdir, writeFile } from 'node:fs/promises';

/** The few file operations the sysfs driver makes; replaced in tests to be refused on purpose. */
export interface SysfsFiles {
  list(folder: string): Promise<string[]>;
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Raises the system error that opening it for reading and writing would give. */
  assertWritable(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
}

export const sysfsFiles: SysfsFiles = {
  list: (folder) => readdir(folder),
  read: (path) => readFile(path, 'utf8'),
  write: (path, text) => writeFile(path, text),
  assertWritable: async (path) => {
    const file = await open(path, 'r+');
    await file.close();
  },
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
};
