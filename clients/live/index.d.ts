/** A message of an order. `seq` rises with each change of the order; several events of one change share it. */
export interface OrderMessage {
  event: string;
  payload: Record<string, unknown>;
  orderId: string;
  seq: number;
  /** ISO 8601, UTC. */
  at: string;
}

/** A message that is of no order, such as `order_wait_time_updated` of a location. */
export interface Notice {
  event: string;
  payload: Record<string, unknown>;
  at: string;
}

/** `live`; `polling`: whole, but up to some seconds old; `offline`: not whole. */
export type State = 'connecting' | 'live' | 'polling' | 'offline';

export interface CommonHandlers {
  state?(state: State): void;
  /** The API refuses: 401, 403, 404, 429. It is tried again. */
  refused?(error: ApiError): void;
}

export interface OrderStatus {
  orderId: string;
  status: string;
  seq: number;
  estimatedReadyAt: string | null;
  updatedAt: string | null;
  unansweredSince?: string;
  refundedCents?: number;
  refusal?: Record<string, string>;
}

export interface OrderHandlers extends CommonHandlers {
  /** Each event after the first picture, once and in its order; those that were missed, too. */
  event?(message: OrderMessage): void;
  /** Where the order stands, whenever that was read and is another. */
  status?(status: OrderStatus): void;
}

/** An order as the API describes it at /api/v1/docs. */
export interface ListedOrder {
  _id: string;
  status: string;
  seq: number;
  startedAt: string | null;
  [field: string]: unknown;
}

export interface OrdersHandlers<Whole> extends CommonHandlers {
  /** Each event as it comes. One that was missed is not told again: the next snapshot has what it led to. */
  event?(message: OrderMessage): void;
  /** All orders, after each catching up. */
  snapshot?(orders: ListedOrder[], whole: Whole): void;
  /** All orders, the oldest first, whenever one changed: single ones are fetched as their events come. */
  orders?(orders: ListedOrder[], whole: Whole): void;
  notice?(message: Notice): void;
}

export interface StationAnswer {
  locationName: string;
  stationName: string;
  stationTags: string[];
  timezone: string;
  matchedOrders: ListedOrder[];
  [field: string]: unknown;
}

export interface MenuHandlers extends CommonHandlers {
  /** A menu is another now; null: it may be any, or their list. */
  changed?(menuId: string | null): void;
}

export interface Place {
  restaurantId: string;
  locationId: string;
}

export interface Watch {
  readonly state: State;
  /** When what is shown was last known to be whole: ms since 1970 by the server's clock. */
  readonly lastContactAt: number | null;
  readonly refusal: ApiError | null;
  /** Reads now what may have been missed. */
  refresh(): Promise<void>;
  /** Ends it: no handler is called any more. */
  close(): void;
}

export interface Live {
  watchOrder(orderId: string, handlers: OrderHandlers): Watch;
  watchLocation(place: Place & { older?: boolean }, handlers: OrdersHandlers<ListedOrder[]>): Watch;
  watchStation(place: Place & { stationId: string }, handlers: OrdersHandlers<StationAnswer>): Watch;
  watchMenu(place: Place, handlers: MenuHandlers): Watch;
  close(): void;
}

export interface ConnectOptions {
  /** Base address of the API, such as https://api.example.com/api/v1. */
  baseUrl: string;
  /** The bearer token of who is signed in; `renew`: the API took the last one for too old. */
  getToken?(asked: { renew: boolean }): Promise<string | null> | string | null;
  /** Headers that say who asks, such as {authorization: 'Device ...'}. */
  getHeaders?(): Promise<Record<string, string>> | Record<string, string>;
  credentials?: RequestCredentials;
  WebSocket?: typeof WebSocket;
}

export function connect(options: ConnectOptions): Live;

/** An answer that is no success, or no answer at all (`status` 0). */
export class ApiError extends Error {
  status: number;
  code: string | null;
  body: Record<string, unknown>;
}
