import { homedir } from 'node:os';
import { memoryPair } from '../../api/channel/index.ts';
import type { Client } from '../../api/client.ts';
import { createClient } from '../../api/create-client.ts';
import { serveContract } from '../../api/server.ts';
import { createWorkbench } from '../../api/workbench.ts';
import { appVersion } from '../start/app-version.ts';
import { usualDataDir } from '../start/data-dir.ts';
import type { StartFlags } from '../start/flags.ts';
import { logUnexpected } from '../start/log.ts';
import type { Resources } from '../start/resources.ts';
import { sessionSecrets } from '../start/session-secrets.ts';

export interface LocalClient {
  readonly client: Client;
  dispose(): Promise<void>;
}

/** The whole app without a window, and a client of its contract: what a command does is what the window does. */
export async function openLocalClient(flags: StartFlags, resources: Resources): Promise<LocalClient> {
  const homeDir = homedir();
  const workbench = await createWorkbench(
    {
      ...resources,
      homeDir,
      dataDir: flags.dataDir ?? usualDataDir({ platform: process.platform, env: process.env, homeDir }),
      appVersion,
      shell: 'browser',
      networks: flags.networks,
      secrets: sessionSecrets('The command line keeps no passwords.'),
      dialogs: null,
    },
    { onUnexpected: logUnexpected },
  );
  const client = createClient(() => {
    const [page, server] = memoryPair();
    serveContract(workbench, server);
    return page;
  });
  return {
    client,
    async dispose() {
      client.close();
      await workbench.dispose();
    },
  };
}
