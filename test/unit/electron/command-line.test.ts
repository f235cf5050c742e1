import { expect, test, vi } from 'vitest';
import { commandIn } from '../../../src-main/app/electron/command-line.ts';

vi.mock('electron', () => ({ app: {} }));

test.each([
  ['a command of the installed app', ['pi-workbench', 'led', 'on'], false, ['led', 'on']],
  ['one after Chromium’s flags', ['p', '--ozone-platform=headless', 'dns', 'pi'], false, ['dns', 'pi']],
  ['one of the project', ['electron', '.', 'led', '--help'], true, ['led', '--help']],
  ['nothing', ['pi-workbench'], false, null],
  ['the project alone', ['electron', 'led'], true, null],
  ['a file dropped on the icon', ['pi-workbench', '/home/me/led'], false, null],
  ['a folder that is called like a command', ['pi-workbench', '--data-dir', 'led'], false, null],
  ['a flag of the window', ['pi-workbench', '--help', 'led'], false, null],
  ['a word of Object', ['pi-workbench', 'constructor'], false, null],
])('%s', (_name, argv, fromProject, expected) => {
  expect(commandIn(argv, fromProject)).toEqual(expected);
});
