/** What the page needs to show and choose the options of a deployment. Pure, and safe in a browser. */
export { NODE_ARCHITECTURES, type NodeArchitecture } from '../deploy/architecture.ts';
export { folderProblem } from '../deploy/folder.ts';
export { ACCESS_MODES, DEFAULT_OPTIONS, DEFAULT_SETTINGS, LED_DRIVERS } from '../deploy/settings.ts';
export type * from './contract/deploy.ts';
