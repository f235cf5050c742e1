import type { ITheme } from '@xterm/xterm';

const TOKENS: Readonly<Record<Exclude<keyof ITheme, 'extendedAnsi'>, string | undefined>> = {
  background: 'surface',
  foreground: 'text',
  cursor: 'accent',
  cursorAccent: 'surface',
  selectionBackground: 'ansi-selection',
  selectionForeground: undefined,
  selectionInactiveBackground: 'ansi-selection',
  overviewRulerBorder: undefined,
  scrollbarSliderBackground: 'line-strong',
  scrollbarSliderHoverBackground: 'line-control',
  scrollbarSliderActiveBackground: 'line-control',
  black: 'ansi-black',
  red: 'ansi-red',
  green: 'ansi-green',
  yellow: 'ansi-yellow',
  blue: 'ansi-blue',
  magenta: 'ansi-magenta',
  cyan: 'ansi-cyan',
  white: 'ansi-white',
  brightBlack: 'ansi-bright-black',
  brightRed: 'ansi-bright-red',
  brightGreen: 'ansi-bright-green',
  brightYellow: 'ansi-bright-yellow',
  brightBlue: 'ansi-bright-blue',
  brightMagenta: 'ansi-bright-magenta',
  brightCyan: 'ansi-bright-cyan',
  brightWhite: 'ansi-bright-white',
};

/**
 * The terminal's colours as the page's tokens are now; xterm takes plain colours only. A custom property keeps its
 * `light-dark()` as text, a real one resolves it, so an element is asked.
 */
export function terminalTheme(): ITheme {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const theme = Object.entries(TOKENS).flatMap(([name, token]) => {
    if (token === undefined) return [];
    probe.style.color = `var(--color-${token})`;
    return [[name, getComputedStyle(probe).color]];
  });
  probe.remove();
  return Object.fromEntries(theme) as ITheme;
}

/** Calls back whenever the page's theme changes, by the settings or by the system, until the returned function is called. */
export function onThemeChange(listener: () => void): () => void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  dark.addEventListener('change', listener);
  return () => {
    observer.disconnect();
    dark.removeEventListener('change', listener);
  };
}
