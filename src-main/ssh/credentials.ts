import type { AnyAuthMethod, AuthHandlerMiddleware, AuthenticationType, NextAuthHandler, ParsedKey } from 'ssh2';

/** What one signs in with. Only this is tried: keys of an agent would use up the server's attempts (KeeAgent#200). */
export type Credentials =
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'key'; readonly key: ParsedKey }
  | { readonly kind: 'agent'; readonly socket: string };

/** One thing a server asks in keyboard-interactive sign-in (RFC 4256). */
export interface ServerQuestion {
  readonly text: string;
  /** True when the answer may be seen while it is typed. */
  readonly echo: boolean;
}

export interface ServerQuestions {
  readonly name: string;
  readonly instructions: string;
  readonly questions: readonly ServerQuestion[];
}

/** Answers what only the person can, such as a one-time code. Rejecting ends the sign-in. */
export type AnswerQuestions = (asked: ServerQuestions) => Promise<readonly string[]>;

/** What was learnt while signing in, for the error's words. */
export interface SignInAttempts {
  /** The methods the server offered at first (RFC 4252, 5.1); null before it said so. */
  offered: readonly string[] | null;
  readonly tried: string[];
  /** Why the person's answers did not come. */
  refusal: unknown;
}

/**
 * Chooses the next way to sign in. It asks with `none` first: the server then names the methods it takes, so that a
 * password is never sent to one that takes keys only.
 */
export function authPlan(
  user: string,
  credentials: Credentials,
  attempts: SignInAttempts,
  answer: AnswerQuestions,
): AuthHandlerMiddleware {
  let passwordGiven = false;
  const prompt = (asked: ServerQuestions, finish: (answers: string[]) => void, stop: () => void): void => {
    const isPassword = asked.questions.length === 1 && asked.questions[0]?.echo === false;
    if (credentials.kind === 'password' && isPassword && !passwordGiven) {
      passwordGiven = true;
      finish([credentials.password]);
      return;
    }
    answer(asked).then(
      (answers) => finish([...answers]),
      (thrown: unknown) => {
        attempts.refusal = thrown;
        stop();
      },
    );
  };
  const interactive = (next: NextAuthHandler): AnyAuthMethod => ({
    type: 'keyboard-interactive',
    username: user,
    prompt: (name, instructions, _language, prompts, finish) => {
      const questions = prompts.map(({ prompt: text, echo }) => ({ text, echo: echo ?? false }));
      prompt({ name, instructions, questions }, finish, () => giveUp(next));
    },
  });
  return (left: AuthenticationType[] | null, partial: boolean | null, next: NextAuthHandler) => {
    if (left === null) {
      next({ type: 'none', username: user });
      return;
    }
    attempts.offered ??= left;
    const method = nextMethod(credentials, left, partial === true, attempts.tried);
    if (method === null) {
      giveUp(next);
      return;
    }
    attempts.tried.push(method);
    if (method === 'keyboard-interactive') next(interactive(next));
    else if (credentials.kind === 'password') {
      passwordGiven = true;
      next({ type: 'password', username: user, password: credentials.password });
    } else if (credentials.kind === 'key') next({ type: 'publickey', username: user, key: credentials.key });
    else next({ type: 'agent', username: user, agent: credentials.socket });
  };
}

/** ssh2 takes `false` for "nothing left to try"; its types leave it out. */
function giveUp(next: NextAuthHandler): void {
  (next as unknown as (method: false) => void)(false);
}

/** The method to try now, or null when nothing is left. A second factor is asked by keyboard-interactive. */
function nextMethod(
  credentials: Credentials,
  left: readonly string[],
  partial: boolean,
  tried: readonly string[],
): AuthenticationType | null {
  const interactive = left.includes('keyboard-interactive') ? 'keyboard-interactive' : null;
  if (partial && tried.length < 4) {
    const needsPassword = credentials.kind === 'password' && left.includes('password') && !tried.includes('password');
    return needsPassword ? 'password' : interactive;
  }
  if (tried.length > 0) return null;
  if (credentials.kind === 'password') return left.includes('password') ? 'password' : interactive;
  if (!left.includes('publickey')) return null;
  return credentials.kind === 'key' ? 'publickey' : 'agent';
}
