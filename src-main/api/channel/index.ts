export type { Carrier } from './carrier.ts';
export { memoryPair } from './memory-carrier.ts';
export { portCarrier, type EmitterPort, type EventTargetPort } from './port-carrier.ts';
export { socketCarrier, type MessageSocket } from './socket-carrier.ts';
