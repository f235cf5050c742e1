import type { Calls } from '../../src-main/api/contract.ts';
import type { ResultOf } from '../../src-main/api/definition.ts';
import { toast } from '../ui/index.ts';
import { client } from './client.svelte.ts';

type NoticeList = ResultOf<Calls['app.notices']>;

class Notices {
  #list = $state.raw<NoticeList>([]);

  constructor() {
    client.on('app.noticesChanged', (list) => (this.#list = list));
    client.onResync(() => void this.#load());
    void this.#load();
  }

  get list(): NoticeList {
    return this.#list;
  }

  async dismiss(id: number): Promise<void> {
    try {
      await client.call('app.dismissNotice', { id });
    } catch (thrown) {
      toast.bad(thrown);
    }
  }

  async #load(): Promise<void> {
    try {
      this.#list = await client.call('app.notices', {});
    } catch (thrown) {
      // The banner tells of a broken connection; the list is read again once it is back.
      if (client.state === 'connected') toast.bad(thrown);
    }
  }
}

/** What the app did that a person must be told, such as a damaged file kept aside. */
export const notices = new Notices();
