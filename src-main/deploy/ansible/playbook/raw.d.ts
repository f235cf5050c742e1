/** The text of a file, put in by Vite. */
declare module '*.yml?raw' {
  const text: string;
  export default text;
}
declare module '*.j2?raw' {
  const text: string;
  export default text;
}
