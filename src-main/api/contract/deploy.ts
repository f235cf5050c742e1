import * as v from 'valibot';
import { NODE_ARCHITECTURES } from '../../deploy/architecture.ts';
import type { DeploySnapshot, ExportProgress, Finding, ManyChange, ManySnapshot } from '../../deploy/index.ts';
import { optionsSchema } from '../../deploy/settings.ts';
import { call, event, type CallMap, type EventMap } from '../definition.ts';
import { DeviceId } from './devices.ts';

/** For sudo; used for this piece of work and then forgotten. */
const password = v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1024)));

const deviceIds = v.pipe(v.array(DeviceId), v.minLength(1), v.maxLength(200));

export const deployCalls = {
  /** Begins to follow the agent of a device and reads what is installed; `deploy.changed` tells what comes after. */
  'deploy.watch': call<DeploySnapshot>()(v.object({ deviceId: DeviceId })),
  /** Looks at the device and judges what a deployment would meet; changes nothing. */
  'deploy.preflight': call<readonly Finding[]>()(v.object({ deviceId: DeviceId, options: optionsSchema })),
  /** Begins a deployment and returns at once: it goes on when the page is closed. */
  'deploy.start': call<DeploySnapshot>()(v.object({ deviceId: DeviceId, options: optionsSchema, password })),
  /** Begins other work on the agent and returns at once. */
  'deploy.operate': call<DeploySnapshot>()(
    v.object({
      deviceId: DeviceId,
      operation: v.picklist(['rollback', 'uninstall', 'start', 'stop', 'restart', 'renew-token']),
      password,
    }),
  ),
  /** Asks the work under way to stop; what ran before then runs again. */
  'deploy.cancel': call<DeploySnapshot>()(v.object({ deviceId: DeviceId })),
  /** The deployment to several devices that is under way, or the last one. */
  'deploy.many': call<ManySnapshot>()(v.object({})),
  /** Begins to deploy to several devices side by side, and returns at once; the rest waits for its turn. */
  'deploy.startMany': call<ManySnapshot>()(
    v.object({
      deviceIds,
      options: optionsSchema,
      /** How many at the same time; 4 when left out. */
      atOnce: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16))),
    }),
  ),
  /** Leaves out the devices whose turn has not come, and asks the work on the others to stop. */
  'deploy.cancelMany': call<ManySnapshot>()(v.object({})),
  /** Writes a folder with which Ansible does the same on these devices, the practice device left out. */
  'deploy.exportForAnsible': call<{ readonly hosts: number }, ExportProgress>()(
    v.object({
      deviceIds,
      options: optionsSchema,
      /** The Nodes that come along for devices without one. */
      architectures: v.pipe(v.array(v.picklist(NODE_ARCHITECTURES)), v.maxLength(NODE_ARCHITECTURES.length)),
      path: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
      overwrite: v.boolean(),
    }),
  ),
  /** Follows the agent's log until it is cancelled: the last lines, and then each batch of new ones. */
  'deploy.log': call<null, readonly string[]>()(v.object({ deviceId: DeviceId })),
} satisfies CallMap;

export const deployEvents = {
  /** The newest snapshot of a device's agent and of the work on it. */
  'deploy.changed': event<DeploySnapshot>(),
  /** One row of the deployment to several devices. */
  'deploy.manyChanged': event<ManyChange>(),
} satisfies EventMap;

export type {
  AgentSettings,
  DeployOptions,
  DeploySnapshot,
  ExportProgress,
  Finding,
  FindingLevel,
  InstalledAgent,
  JobKind,
  JobResult,
  JobSnapshot,
  LedDriver,
  ManyChange,
  ManyRow,
  ManySnapshot,
  ReleaseSummary,
  ServiceKind,
  StepSnapshot,
} from '../../deploy/index.ts';
