export type Listener = (...given: any[]) => void;

export interface SocketOptions {
  autoConnect?: boolean;
  WebSocket?: typeof WebSocket;
  [option: string]: unknown;
}

export class Socket {
  readonly id: string | undefined;
  /** True from connect() to disconnect(), also while there is no network: joins are kept. */
  readonly connected: boolean;
  readonly disconnected: boolean;
  readonly active: boolean;
  readonly volatile: this;
  connect(): this;
  open(): this;
  disconnect(): this;
  close(): this;
  on(event: string, listener: Listener): this;
  addEventListener(event: string, listener: Listener): this;
  once(event: string, listener: Listener): this;
  off(event?: string, listener?: Listener): this;
  removeListener(event: string, listener: Listener): this;
  removeAllListeners(event?: string): this;
  onAny(listener: (event: string, ...given: any[]) => void): this;
  offAny(listener?: (event: string, ...given: any[]) => void): this;
  listeners(event: string): Listener[];
  hasListeners(event: string): boolean;
  emit(event: string, ...given: any[]): this;
}

export function io(url?: string, options?: SocketOptions): Socket;
export function io(options: SocketOptions): Socket;
export { io as connect };
export default io;
