import * as v from 'valibot';
import type { Device } from '../../devices/device.ts';
import type { FoundChange, FoundList, SearchNetwork } from '../../discovery/model.ts';
import { call, event, type CallMap, type EventMap } from '../definition.ts';

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));

export const discoveryCalls = {
  /** This computer's networks that can be searched. Sends nothing. */
  'discovery.networks': call<readonly SearchNetwork[]>()(v.object({})),
  /** What is known so far; `discovery.changed` tells what comes after. */
  'discovery.list': call<FoundList>()(v.object({})),
  /** Listens to mDNS and reads what this computer knows already, until the call is cancelled. */
  'discovery.watch': call<null>()(v.object({})),
  /** Asks mDNS and reads the neighbours again now. */
  'discovery.refresh': call<null>()(v.object({})),
  /**
   * Begins to ask every address of the networks. Raises `LARGE_SEARCH` (details: `addresses`) unless `large` says that the
   * person agreed to more than 4096.
   */
  'discovery.start': call<FoundList>()(
    v.object({
      networks: v.pipe(v.array(v.pipe(v.string(), v.maxLength(50))), v.maxLength(32)),
      large: v.boolean(),
      sshPort: port,
      agentPort: port,
      name: v.pipe(v.string(), v.maxLength(253)),
    }),
  ),
  /** Puts a found machine into the list of devices, with its address and MAC. Raises `NOT_FOUND_ANY_MORE`, `BAD_DEVICE`. */
  'discovery.add': call<Device>()(
    v.object({
      id: v.pipe(v.string(), v.maxLength(40)),
      user: v.pipe(v.string(), v.maxLength(100)),
      label: v.pipe(v.string(), v.maxLength(100)),
    }),
  ),
  'discovery.stop': call<FoundList>()(v.object({})),
} satisfies CallMap;

export const discoveryEvents = {
  /** `number` is one more than that of the list or change before; else read the list anew. */
  'discovery.changed': event<FoundChange>(),
} satisfies EventMap;

export type {
  Evidence,
  FoundChange,
  FoundDevice,
  FoundList,
  SearchNetwork,
  SearchState,
  SourceState,
} from '../../discovery/model.ts';
