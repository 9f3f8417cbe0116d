/**
 * What a program that a test starts is given of this process's environment: where programs are, and where compiled code is
 * kept. Nothing in it names a service.
 */
export function programEnv(): Record<string, string> {
  const { PATH = '', NODE_COMPILE_CACHE: compiled } = process.env;
  return { PATH, ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled }) };
}
