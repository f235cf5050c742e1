import type { AppError } from '../../errors/index.ts';
import type { Responder } from '../session/channel.ts';
import type { ResponderOptions } from '../session/session-options.ts';
import { echoResponder } from './echo.ts';
import { ledResponder } from './led.ts';
import { rulesResponder } from './rules.ts';

/** The answerer a listener was set up with, or null when a person answers. Raises `BAD_RULE`. */
export function makeResponder(options: ResponderOptions, onProblem: (problem: AppError) => void): Responder | null {
  switch (options.kind) {
    case 'none':
      return null;
    case 'echo':
      return echoResponder;
    case 'led':
      return ledResponder();
    case 'rules':
      return rulesResponder(options, onProblem);
  }
}
