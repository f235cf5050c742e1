/**
 * The page's policy allows no inline style. xterm makes `<style>` elements when it opens, and `style` attributes on the
 * spans of coloured text; for both there is a way that the policy allows: a constructed style sheet, and the style object
 * of an element.
 */

/** Runs what opens a terminal; its `<style>` elements become constructed style sheets. */
export function withPolicySafeStyles(openTerminal: () => void): void {
  allowSpanStyles();
  document.createElement = createElement as typeof document.createElement;
  try {
    openTerminal();
  } finally {
    // The own property goes, and the document's usual method is back.
    Reflect.deleteProperty(document, 'createElement');
  }
}

function createElement(name: string, options?: ElementCreationOptions): HTMLElement {
  return name === 'style' ? sheetElement() : Document.prototype.createElement.call(document, name, options);
}

/** Stands in for a `<style>` element: its text is the text of a constructed style sheet. */
function sheetElement(): HTMLElement {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  const element = Document.prototype.createElement.call(document, 'span');
  element.hidden = true;
  Object.defineProperty(element, 'textContent', { set: (text: string) => sheet.replaceSync(text) });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((adopted) => adopted !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}

/** Sets a span's `style` attribute through its style object, which comes to the same. */
function allowSpanStyles(): void {
  if (Object.hasOwn(HTMLSpanElement.prototype, 'setAttribute')) return;
  HTMLSpanElement.prototype.setAttribute = function (name: string, value: string): void {
    if (name === 'style') this.style.cssText = value;
    else Element.prototype.setAttribute.call(this, name, value);
  };
}
