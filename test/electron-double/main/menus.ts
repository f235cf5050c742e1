import { loud } from '../loud.ts';
import { doubleApp } from './app.ts';
import { did, onLack, onOrder } from './harness.ts';

type Item = Electron.MenuItemConstructorOptions;

let applicationMenu: readonly Item[] = [];
const templates = new WeakMap<object, readonly Item[]>();

export const Menu = loud<typeof Electron.Menu>(
  'Menu',
  {
    buildFromTemplate(template) {
      const items = template as readonly Item[];
      const menu = loud<Electron.Menu>('Menu (built)', { popup: () => did('Menu.popup', items.map(nameOf)) }, onLack);
      templates.set(menu, items);
      return menu;
    },
    setApplicationMenu(menu) {
      applicationMenu = (menu && templates.get(menu)) ?? [];
    },
  },
  onLack,
);

const nameOf = (item: Item): string => item.role ?? item.label ?? item.type ?? '';

/** Chooses an item as a person does, by the roles or labels on the way to it. */
onOrder('menu', ({ path }) => {
  let items = applicationMenu;
  let chosen: Item | undefined;
  for (const name of path) {
    chosen = items.find((item) => item.role === name || item.label === name);
    if (!chosen) throw new Error(`The menu has no “${name}”; it has ${items.map(nameOf).join(', ')}.`);
    items = Array.isArray(chosen.submenu) ? chosen.submenu : [];
  }
  if (chosen?.role === 'quit') doubleApp.quit();
  else if (chosen?.click) (chosen.click as () => void)();
  else throw new Error(`“${path.join(' > ')}” does nothing in this double.`);
});
