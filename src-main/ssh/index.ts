export { checkAgent, findAgent } from './agent.ts';
export { openConnection, type ConnectionOptions, type SshConnection } from './connection.ts';
export type { AnswerQuestions, Credentials, ServerQuestions } from './credentials.ts';
export { fingerprintOf, hostKeyOf, keyTypeName, type HostKey } from './host-key.ts';
export { KnownHostsStore, type KnownHostsFiles, type NotedKey, type Verdict } from './known-hosts-store.ts';
export { loadPrivateKey, readPrivateKey, type KeyReading } from './private-key.ts';
export { isSignInRefusal } from './sign-in-error.ts';
export { parseSshConfig, readSshConfig, type ConfigHost } from './ssh-config.ts';
