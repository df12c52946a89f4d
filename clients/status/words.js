/** What a diner reads at each state of an order, and of a checkout that is no order yet. */

export const STEPS = [
  { status: 'CREATED', event: 'order_received', name: 'Placed' },
  { status: 'ACCEPTED', event: 'order_accepted', name: 'Accepted' },
  { status: 'READY_FOR_PICKUP', event: 'order_ready_for_pickup', name: 'Ready for pickup' },
  { status: 'PICKED_UP', event: 'order_completed', name: 'Picked up' },
];

/** Ways an order ends early: they stand in the list of steps in the place of those that will not come. */
export const ENDS = {
  CANCELLED: { event: 'order_cancelled', name: 'Cancelled' },
  REJECTED: { event: 'order_rejected', name: 'Not accepted' },
};

/** Where the diner may still cancel. */
export const CANCELLABLE = ['CREATED'];

/** A checkout that may still become an order, and one that will not. */
export const PENDING = ['OPEN', 'PLACING', 'CHECKING_PAYMENT'];
export const OVER = ['EXPIRED', 'ABANDONED'];

const WORDS = {
  CREATED: ['Order placed', 'Waiting for the restaurant to accept it.'],
  UNANSWERED: [
    'No answer yet',
    'The restaurant has not answered yet.',
    'You can wait, or cancel the order. If you have paid, you get your money back.',
  ],
  ACCEPTED: ['Being made', 'The kitchen has your order.'],
  READY_FOR_PICKUP: ['Ready for pickup', 'Show your order code at the counter.'],
  PICKED_UP: ['Picked up', 'Enjoy your meal.'],
  CANCELLED: ['Cancelled', 'This order was cancelled.', 'If you have paid, you get your money back.'],
  REJECTED: ['Not accepted', 'The restaurant could not take this order.'],
  OPEN: ['Not placed yet', 'Your cart is ready. Finish your order in the menu.'],
  PLACING: ['Placing your order', 'This takes a few seconds.'],
  CHECKING_PAYMENT: [
    'Checking your payment',
    'Please wait, and do not pay again.',
    'If your bank is slow, this takes a few minutes. This page tells you by itself how it went.',
  ],
  EXPIRED: ['This cart has expired', 'It was not placed as an order.', 'Please order again from the menu.'],
  ABANDONED: ['This order was stopped', 'It will not be made.', 'Please ask the staff if you have questions.'],
  NOT_FOUND: ['We cannot find this order', 'Check the link, or ask the staff.'],
  UNKNOWN_SERVER: ['This link is not one of ours', 'Open it again from your order, or ask the staff.'],
  NO_ADDRESS: ['This link is not complete', 'Open it again from your order, or ask the staff.'],
};

/** A cart that can still be paid for, after a payment that failed: by the code of its refusal. */
const UNPAID = {
  PAYMENT_DECLINED: ['Your payment did not go through', 'Nothing was charged, and your cart is still there. Go back to the menu to pay again.'],
  PAYMENT_LOST: ['Your payment did not go through', 'Your cart is still there. Go back to the menu to pay again.'],
  PAYMENT_CANCELLED: ['Your payment was not sent', 'Your cart is still there. Go back to the menu to pay again.'],
  CARD_ENTRY_INVALID: ['Your card could not be read', 'Your cart is still there. Go back to the menu to pay again.'],
};

/**
 * Headline, advice and how to go on for a status; an unknown one is shown as it is. A refusal's own words take the place
 * of the advice.
 */
export function words(status, refusal) {
  const [headline, advice, next = ''] = WORDS[status] ?? [status, ''];
  const unpaid = status === 'OPEN' && UNPAID[refusal?.code];
  if (unpaid) return { headline: unpaid[0], advice: refusal.message, next: unpaid[1] };
  return { headline, advice: refusal?.message ?? advice, next };
}
