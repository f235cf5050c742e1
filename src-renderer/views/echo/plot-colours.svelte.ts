import { remInPixels } from '../../ui/index.ts';

/** Colours and font of a plot, resolved from the tokens: a canvas knows no custom properties. */
export interface PlotColours {
  readonly text: string;
  readonly grid: string;
  readonly main: string;
  readonly mainSoft: string;
  readonly other: string;
  readonly bad: string;
  readonly font: string;
}

/** The colours of the theme that is shown now; reading them in an effect runs it again when the theme changes. */
export class PlotTheme {
  colours = $state.raw<PlotColours>(readColours());

  /** Follows the theme until the returned function is called. */
  follow(): () => void {
    const read = (): void => {
      this.colours = readColours();
    };
    const media = window.matchMedia('(prefers-color-scheme: dark)');
    media.addEventListener('change', read);
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributes: true });
    return () => {
      media.removeEventListener('change', read);
      observer.disconnect();
    };
  }
}

function readColours(): PlotColours {
  const probe = document.createElement('span');
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const resolved = (value: string): string => {
    probe.style.color = value;
    return style.color;
  };
  const colours = {
    text: resolved('var(--color-text-muted)'),
    grid: resolved('var(--color-line)'),
    main: resolved('var(--color-series-1)'),
    mainSoft: resolved('color-mix(in srgb, var(--color-series-1) 20%, transparent)'),
    other: resolved('var(--color-series-2)'),
    bad: resolved('var(--color-bad)'),
    font: `${remInPixels(0.75)}px ${style.fontFamily}`,
  };
  probe.remove();
  return colours;
}
