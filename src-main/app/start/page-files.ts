import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { AppError } from '../../errors/index.ts';
import { fileType } from './file-types.ts';

export interface PageFile {
  readonly type: string;
  /** True when the name holds a hash of the content, so that the file never changes. */
  readonly immutable: boolean;
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** The files of the built page by URL path. What is not listed at the start does not exist: no path is ever joined. */
export class PageFiles {
  readonly #files: ReadonlyMap<string, PageFile>;

  private constructor(files: ReadonlyMap<string, PageFile>) {
    this.#files = files;
  }

  /** Raises `NOT_BUILT` when there is no page in `dir`. */
  static async open(dir: string): Promise<PageFiles> {
    const files = new Map<string, PageFile>();
    for (const path of await listFiles(dir)) {
      const url = `/${relative(dir, path).split(sep).join('/')}`;
      const read = async (): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await readFile(path));
      files.set(url, { type: fileType(path), immutable: url.startsWith('/assets/'), read });
    }
    const index = files.get('/index.html');
    if (!index) {
      throw new AppError('NOT_BUILT', `The page is not built: ${join(dir, 'index.html')} is missing.`, {
        hint: 'Run npm run build.',
      });
    }
    files.set('/', index);
    return new PageFiles(files);
  }

  /** `pathname` as a URL gives it, still percent-encoded: the build makes no name that needs encoding. */
  get(pathname: string): PageFile | undefined {
    return this.#files.get(pathname);
  }
}

async function listFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
