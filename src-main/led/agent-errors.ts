import { AppError, systemCode } from '../errors/index.ts';

/** What to do about each error of the agent, by the second word of its `ERR` line. */
const HINTS: Readonly<Record<string, string>> = {
  'no-gpio': 'Is this a Raspberry Pi? Without one, deploy the agent with the simulated LED.',
  'pin-busy': 'Choose another pin on the LED page and deploy again, or switch off what uses it.',
  'pin-invalid': 'Choose another pin on the LED page and deploy again.',
  'not-permitted': 'Run the command in the message on the device, then restart the agent.',
  'gpio-failed': 'Another program may have taken the pin. Try again in two seconds; the agent then takes it anew.',
  'no-activity-led': 'Only a Raspberry Pi has an activity LED that can be blinked.',
  busy: 'Close other programs that are connected to the agent, then try again.',
  refused: 'Connect from the same network as the device, or deploy the agent with another access mode.',
  'auth-needed': 'Open the Agent page, which reads anew how the agent is reached.',
  'bad-token': 'Restart the agent on its Agent page: it reads its token when it starts.',
};

/** The agent's `ERR` line as an error of this app: `pin-busy` becomes `AGENT_PIN_BUSY`. */
export function agentError(code: string, sentence: string): AppError {
  const text = sentence === '' ? `The agent answered with the error ${code}` : sentence;
  return new AppError(`AGENT_${code.toUpperCase().replaceAll('-', '_')}`, asSentence(text), {
    hint: HINTS[code] ?? '',
  });
}

export function notTheAgent(seen: string): AppError {
  return new AppError('NOT_THE_AGENT', 'Something other than the LED agent answers on this port.', {
    hint: 'Choose another port for the agent, or stop the program that uses this one.',
    cause: `received: ${JSON.stringify(seen.slice(0, 200))}`,
  });
}

export function agentSilent(): AppError {
  return new AppError('AGENT_SILENT', 'The agent does not answer.', {
    hint: 'The device may be switched off, or its network may be down.',
  });
}

export function agentStopped(): AppError {
  return new AppError('AGENT_STOPPED', 'The agent was stopped.', { hint: 'Start it again on the Agent page.' });
}

export function agentGone(cause: unknown): AppError {
  const code = systemCode(cause);
  if (code === undefined) {
    return new AppError('AGENT_GONE', 'The agent closed the connection.', {
      hint: 'The app tries again by itself. The log on the Agent page may say why.',
      cause,
    });
  }
  return new AppError(code, 'The connection to the agent broke.', { hint: 'The app tries again by itself.', cause });
}

/** A command whose answer will never come: nobody knows whether it was carried out. */
export function replyLost(cause: unknown): AppError {
  return new AppError(
    'LED_REPLY_LOST',
    'The connection broke before the agent answered, so the LED may have changed or not.',
    {
      hint: 'The level is shown again as soon as the agent answers.',
      cause,
    },
  );
}

function asSentence(text: string): string {
  const upper = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.)"]$/.test(upper) ? upper : `${upper}.`;
}
