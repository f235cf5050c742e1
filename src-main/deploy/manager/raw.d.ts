/** The text of a file, put in by Vite. */
declare module '*.cjs?raw' {
  const text: string;
  export default text;
}
