export { SshTarget, type SshTargetOptions } from './ssh-target.ts';
