import { loadPrivateKey, openConnection } from '../../../src-main/ssh/index.ts';
import { SshTarget } from '../../../src-main/target/remote/index.ts';

// Signs in with a key and runs one command, as the app does: `sign-in.mjs HOST PORT USER KEY TIMES`.
// Prints { firstMs, againMs }: the first of this process, and the median of those after it.
const [host = '', port = '', user = '', keyPath = '', times = '1'] = process.argv.slice(2);

async function signIn(): Promise<number> {
  const startedAt = performance.now();
  const connection = await openConnection({
    host,
    port: Number(port),
    user,
    credentials: { kind: 'key', key: await loadPrivateKey(keyPath) },
    verifyHostKey: async () => undefined,
  });
  const target = new SshTarget({ deviceId: 'bench', connection, user, host });
  const { code } = await target.exec({ argv: ['true'] });
  const ms = performance.now() - startedAt;
  if (code !== 0) throw new Error(`true ended with code ${code}`);
  await target.dispose();
  return ms;
}

const firstMs = await signIn();
const again: number[] = [];
for (let n = 0; n < Number(times); n += 1) again.push(await signIn());
again.sort((a, b) => a - b);
console.log(JSON.stringify({ firstMs, againMs: again[again.length >> 1] }));
