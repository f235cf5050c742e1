export * from './device.ts';
export * from './device-store.ts';
export * from './validate.ts';
export { checkHostKey, type TrustedKey } from './sign-in/host-key-check.ts';
export type { InstalledKey } from './sign-in/key-installer.ts';
export type { AskedQuestions } from './sign-in/question-desk.ts';
export {
  SignInService,
  type SignedIn,
  type SignInChoices,
  type SignInRequest,
  type SignInWith,
} from './sign-in/sign-in-service.ts';
export type { ConfigHost } from '../ssh/index.ts';
