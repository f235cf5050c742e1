/** From the preload: the page asks for a port. Carries nothing. */
export const CONNECT_CHANNEL = 'contract:connect';

/** To the preload: the port that was asked for. */
export const PORT_CHANNEL = 'contract:port';
