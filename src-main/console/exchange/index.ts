export { readExchange, stepBytes, type Exchange, type ExchangeStep, type Role } from './exchange.ts';
export { nodeCode } from './node-code.ts';
export { pythonCode } from './python-code.ts';
export { Replay, type ReplayOptions, type ReplayStatus } from './replay.ts';
export { shellCode } from './shell-code.ts';
export { CODE_LANGUAGES, type CodeLanguage } from './languages.ts';
