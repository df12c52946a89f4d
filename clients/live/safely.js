/** Calls what somebody else wrote: its error is seen as any other of the page, and takes nothing from the connection. */
export function safely(handler, ...given) {
  try {
    handler(...given);
  } catch (error) {
    report(error);
  }
}

function report(error) {
  if (globalThis.reportError) globalThis.reportError(error);
  else
    queueMicrotask(() => {
      throw error;
    });
}
