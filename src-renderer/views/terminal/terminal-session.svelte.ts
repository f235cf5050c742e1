import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import { actionOf } from '../../app/shortcuts/key-bindings.ts';
import { onMac } from '../../app/shortcuts/listen.ts';
import type { TerminalEnd } from '../../../src-main/api/contract/terminal.ts';
import { AppError } from '../../../src-main/errors/app-error.ts';
import { devices } from '../../state/devices.svelte.ts';
import { signIn } from '../../state/sign-in.svelte.ts';
import { confirm, copyText, remInPixels } from '../../ui/index.ts';
import { withPolicySafeStyles } from './style-policy.ts';
import { TerminalLink } from './terminal-link.ts';
import { onThemeChange, terminalTheme } from './terminal-theme.ts';

export type Program = 'shell' | 'python';
type State = 'opening' | 'open' | 'ended';

const DIM = '\x1b[2m';
const PLAIN = '\x1b[0m';
const encoder = new TextEncoder();

/** One terminal with its screen. It lives on while another page is shown. */
export class TerminalSession {
  readonly key: number;
  readonly deviceId: string;
  readonly program: Program;
  state = $state<State>('opening');
  readonly search = new SearchAddon();
  readonly #host = document.createElement('div');
  readonly #screen: Terminal;
  readonly #fit = new FitAddon();
  readonly #sizes = new ResizeObserver(() => this.fit());
  readonly #stopTheme: () => void;
  #link: TerminalLink | null = null;
  #opened = false;

  constructor(key: number, deviceId: string, program: Program) {
    this.key = key;
    this.deviceId = deviceId;
    this.program = program;
    this.#host.className = 'terminal-host';
    this.#screen = new Terminal({
      allowProposedApi: true,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font-mono'),
      fontSize: remInPixels(0.8125),
      lineHeight: 1.2,
      scrollback: 10_000,
      cursorBlink: false,
      minimumContrastRatio: 4.5,
      theme: terminalTheme(),
      // A program may name a link differently from where it leads: the question shows the address.
      linkHandler: { activate: (_event, address) => void openLink(address) },
    });
    this.#screen.loadAddon(this.#fit);
    this.#screen.loadAddon(this.search);
    this.#screen.loadAddon(new WebLinksAddon((_event, address) => void openLink(address)));
    this.#screen.onData((text) => this.#type(encoder.encode(text)));
    this.#screen.onBinary((text) => this.#type(Uint8Array.from(text, (char) => char.charCodeAt(0))));
    this.#screen.onResize(({ cols, rows }) => void this.#link?.resize(cols, rows));
    this.#screen.attachCustomKeyEventHandler((event) => this.#takesKey(event));
    this.#stopTheme = onThemeChange(() => (this.#screen.options.theme = terminalTheme()));
  }

  /** Puts the screen into an element of the page; opens the terminal the first time. */
  attach(container: HTMLElement): void {
    container.append(this.#host);
    if (!this.#opened) {
      this.#opened = true;
      withPolicySafeStyles(() => this.#screen.open(this.#host));
      this.fit();
      void this.#open();
    }
    this.#sizes.observe(container);
    this.fit();
    this.focus();
  }

  detach(): void {
    this.#sizes.disconnect();
    this.#host.remove();
  }

  focus(): void {
    this.#screen.focus();
  }

  fit(): void {
    if (this.#host.isConnected && this.#host.clientHeight > 0) this.#fit.fit();
  }

  /** Types text as if it came from the keyboard. */
  paste(text: string): void {
    this.#screen.paste(text);
  }

  async copySelection(): Promise<boolean> {
    const text = this.#screen.getSelection();
    if (text === '') return false;
    const copied = await copyText(text);
    this.focus();
    return copied;
  }

  clear(): void {
    this.#screen.clear();
    this.focus();
  }

  dispose(): void {
    this.#stopTheme();
    this.detach();
    void this.#link?.close();
    this.#screen.dispose();
  }

  async #open(): Promise<void> {
    this.state = 'opening';
    const link = new TerminalLink({
      deviceId: this.deviceId,
      program: this.program,
      show: (bytes) => new Promise((resolve) => this.#screen.write(bytes, resolve)),
      onEnd: (end) => this.#end(end),
    });
    this.#link = link;
    try {
      await link.open(this.#screen.cols, this.#screen.rows);
      this.state = 'open';
    } catch (thrown) {
      const { message, hint } = AppError.from(thrown);
      this.#end({ kind: 'lost', message, hint });
    }
  }

  #end(end: TerminalEnd): void {
    this.#link = null;
    this.state = 'ended';
    this.#screen.write(`\r\n${DIM}${endWords(end, this.program)}${PLAIN}\r\n`);
  }

  #type(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.state === 'ended') void this.#again();
    else this.#link?.type(bytes);
  }

  /** A key after the end opens the terminal anew, and makes a cut connection again first. */
  async #again(): Promise<void> {
    this.state = 'opening';
    if (!this.#isSignedIn()) await signIn.reconnect(this.deviceId);
    if (this.#isSignedIn()) await this.#open();
    else this.state = 'ended';
  }

  #isSignedIn(): boolean {
    return devices.find(this.deviceId)?.connection.kind === 'signed-in';
  }

  /** False keeps a key from the program: it is used here. */
  #takesKey(event: KeyboardEvent): boolean {
    if (event.type !== 'keydown') return true;
    const key = event.key.toLowerCase();
    const copies = event.ctrlKey && !event.altKey && key === 'c' && (event.shiftKey || this.#screen.hasSelection());
    if (copies) {
      event.preventDefault();
      void this.copySelection().then(() => this.#screen.clearSelection());
      return false;
    }
    // Tab and Ctrl belong to the program; the app's other keys lead out of the terminal.
    if (!event.ctrlKey && actionOf(event, onMac) !== null) return false;
    // The browser's own paste follows, which xterm hears.
    return !(event.ctrlKey && event.shiftKey && (key === 'v' || key === 'f'));
  }
}

function endWords(end: TerminalEnd, program: Program): string {
  const what = program === 'python' ? 'Python' : 'The shell';
  if (end.kind === 'lost') return `${end.message} Press a key to reconnect.`;
  if (program === 'python' && end.code === 127) return 'There is no python3 on this device. Press a key to try again.';
  const how = end.signal ? `was ended by ${end.signal}` : `ended${end.code ? ` with code ${end.code}` : ''}`;
  return `${what} ${how}. Press a key to start it again.`;
}

async function openLink(address: string): Promise<void> {
  const sure = await confirm({
    title: 'Open this page in your browser?',
    text: address,
    confirm: 'Open',
  });
  if (sure) window.open(address, '_blank', 'noopener');
}

class Terminals {
  #list = $state.raw<readonly TerminalSession[]>([]);
  #lastKey = 0;

  of(deviceId: string): readonly TerminalSession[] {
    return this.#list.filter((session) => session.deviceId === deviceId);
  }

  open(deviceId: string, program: Program): TerminalSession {
    this.#lastKey += 1;
    const session = new TerminalSession(this.#lastKey, deviceId, program);
    this.#list = [...this.#list, session];
    return session;
  }

  close(session: TerminalSession): void {
    this.#list = this.#list.filter((other) => other !== session);
    session.dispose();
  }
}

/** Every terminal that is open, also while its page is not shown. */
export const terminals = new Terminals();
