import { loadPrivateKey, openConnection } from '../../../src-main/ssh/index.ts';
import { SshTarget } from '../../../src-main/target/remote/index.ts';

// Puts one file on the far machine as a deployment does, hash compared and renamed: `upload.mjs HOST PORT USER KEY FILE TO`.
// Prints { signInMs, uploadMs }.
const [host = '', port = '', user = '', keyPath = '', path = '', to = ''] = process.argv.slice(2);
const startedAt = performance.now();
const connection = await openConnection({
  host,
  port: Number(port),
  user,
  credentials: { kind: 'key', key: await loadPrivateKey(keyPath) },
  verifyHostKey: async () => undefined,
});
const target = new SshTarget({ deviceId: 'bench', connection, user, host });
const signedInAt = performance.now();
await target.upload([{ from: { path }, to, mode: 0o644 }]);
const uploadMs = performance.now() - signedInAt;
await target.dispose();
console.log(JSON.stringify({ signInMs: signedInAt - startedAt, uploadMs }));
