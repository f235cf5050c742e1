import type { OnoffConstructor } from '../../../pi-agent/src/drivers/onoff.ts';
import type { SysfsFiles } from '../../../pi-agent/src/drivers/sysfs-files.ts';

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up for a test`), { code });
}

/** `/sys/class/gpio` in memory, with a Pi 4's chip at base 512, whose every operation is written down and can be refused. */
export class FakeSysfs implements SysfsFiles {
  readonly files = new Map<string, string>([
    ['/gpio/gpiochip512/label', 'pinctrl-bcm2711\n'],
    ['/gpio/gpiochip512/base', '512\n'],
    ['/gpio/gpiochip512/ngpio', '58\n'],
  ]);
  /** `export 529`, `direction low`, `value 0`, `unexport 529`... */
  readonly done: string[] = [];
  /** Raised when something is exported. */
  exportError: Error | null = null;
  /** Asked each time a pin's file is opened for writing. */
  refuses: (path: string) => boolean = () => false;

  addPin(number: number, direction: 'in' | 'out' = 'in', value: 0 | 1 = 0, activeLow: 0 | 1 = 0): void {
    const folder = `/gpio/gpio${number}`;
    this.files.set(`${folder}/direction`, `${direction}\n`);
    this.files.set(`${folder}/value`, `${value}\n`);
    this.files.set(`${folder}/active_low`, `${activeLow}\n`);
  }

  list = (folder: string): Promise<string[]> => {
    const names = [...this.files.keys()]
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1).split('/')[0] ?? '');
    return names.length === 0 ? Promise.reject(systemError('ENOENT')) : Promise.resolve([...new Set(names)]);
  };

  read = (path: string): Promise<string> => {
    const text = this.files.get(path);
    return text === undefined ? Promise.reject(systemError('ENOENT')) : Promise.resolve(text);
  };

  write = (path: string, text: string): Promise<void> => {
    this.done.push(`${path.split('/').at(-1)} ${text}`);
    if (path === '/gpio/export') {
      if (this.exportError !== null) return Promise.reject(this.exportError);
      this.addPin(Number(text));
    } else if (path === '/gpio/unexport') this.#removePin(text);
    else this.files.set(path, `${text}\n`);
    return Promise.resolve();
  };

  assertWritable = (path: string): Promise<void> =>
    this.refuses(path) ? Promise.reject(systemError('EACCES')) : Promise.resolve();

  exists = (path: string): Promise<boolean> =>
    Promise.resolve([...this.files.keys()].some((file) => file === path || file.startsWith(`${path}/`)));

  /** onoff as it behaves on these files. */
  get onoff(): OnoffConstructor {
    const { files, done } = this;
    const removePin = (number: string): void => this.#removePin(number);
    return class {
      readonly #number: number;

      constructor(number: number, direction: string) {
        this.#number = number;
        if (files.get(this.#file('direction'))?.trim() === 'out') return;
        done.push(`direction ${direction}`);
        files.set(this.#file('direction'), 'out\n');
        files.set(this.#file('value'), '0\n');
      }

      readSync(): number {
        const text = files.get(this.#file('value'));
        if (text === undefined) throw systemError('ENODEV');
        return Number(text.trim());
      }

      writeSync(level: number): void {
        if (!files.has(this.#file('value'))) throw systemError('ENODEV');
        done.push(`value ${level}`);
        files.set(this.#file('value'), `${level}\n`);
      }

      unexport(): void {
        done.push(`unexport ${this.#number}`);
        removePin(String(this.#number));
      }

      #file(name: string): string {
        return `/gpio/gpio${this.#number}/${name}`;
      }
    };
  }

  #removePin(number: string): void {
    for (const path of [...this.files.keys()]) if (path.startsWith(`/gpio/gpio${number}/`)) this.files.delete(path);
  }
}
