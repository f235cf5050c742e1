export { agentPorts, type AgentPorts } from './agent-ports.ts';
export { ChangeFeed, type ConsoleChange, type SessionNotice } from './change-feed.ts';
export { ConsoleService, type ConsoleServiceOptions } from './console-service.ts';
export { ConsoleTab } from './console-tab.ts';
export type { SearchProgress, SearchResult, View, Window, WindowRow } from './console-tab.ts';
export type { SavedSession } from './session-library.ts';
export type { SessionRecord } from './session-record.ts';
export { SnippetStore, type Snippet } from './snippets.ts';
