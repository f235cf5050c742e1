// A main script for the double: one action on the app's secrets, its outcome as one line of JSON.
import { app } from 'electron';
import { mkdirSync } from 'node:fs';
import { openSecrets, type SecretTrouble } from '../../../src-main/app/electron/key-store.ts';

const [dataDir = '', action = '', key = '', secret = ''] = process.argv.slice(2);

async function run(): Promise<void> {
  mkdirSync(dataDir, { recursive: true });
  await app.whenReady();
  const troubles: SecretTrouble[] = [];
  const secrets = openSecrets({ platform: 'linux', dataDir, onTrouble: (trouble) => troubles.push(trouble) });
  if (action === 'set') await secrets.set(key, secret);
  if (action === 'delete') await secrets.delete(key);
  const { persistent, reason } = secrets;
  console.log(JSON.stringify({ value: await secrets.get(key), persistent, reason, troubles }));
  app.exit(0);
}

void run();
