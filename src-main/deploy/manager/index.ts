import text from './led-manager.cjs?raw';

/** The program that works on the device, with the line ends it has in the repository whatever Git made of them. */
export const MANAGER_TEXT = text.replaceAll('\r\n', '\n');
