import type { Page } from 'playwright-core';
import type { Outcome } from '../../src-main/api/channel/link.ts';
import { BRIDGE_NAME, PORT_MESSAGE } from '../../src-main/api/shell-bridge.ts';

/** Makes one call of the contract from inside the page, over a port of its own. */
export function callContract(page: Page, name: string, args: unknown): Promise<Outcome> {
  return page.evaluate(
    ({ bridge, portMessage, name, args }) =>
      new Promise<Outcome>((resolve) => {
        const take = (event: MessageEvent): void => {
          const [port] = event.ports;
          if (event.data !== portMessage || !port) return;
          window.removeEventListener('message', take);
          port.onmessage = ({ data }: MessageEvent<{ t: string; i?: string; r?: Outcome }>) => {
            if (data.t !== 's' || data.i !== 'test' || !data.r) return;
            resolve(data.r);
            port.close();
          };
          port.postMessage({ t: 'q', i: 'test', m: 'call', a: [1, name, args] });
        };
        window.addEventListener('message', take);
        (window as unknown as Record<string, { connect(): void }>)[bridge]?.connect();
      }),
    { bridge: BRIDGE_NAME, portMessage: PORT_MESSAGE, name, args },
  );
}
