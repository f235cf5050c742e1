/** What can be typed for a device, checked in the page by the same rules as in the service. */
export { refuseHost, refusePort, refuseUser } from '../devices/validate.ts';
