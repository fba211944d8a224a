// English texts.

import { FactSource, Outcome, SharedKind } from "../gen/shopbell/floor/v1/floor_pb";
import type { Catalogue } from "./catalogue";

const SIZE_OF = new Map([
  ["shoes", "shoes"],
  ["tops", "tops"],
  ["bottoms", "trousers"],
  ["dresses", "dresses"],
  ["coats", "coats"],
  ["gloves", "gloves"],
  ["rings", "rings"],
]);

export const en: Catalogue = {
  title: "Shopbell",
  someone: "A customer",

  signInTitle: "Good to see you",
  signInHint: "Enter your access code. It stays on this tablet until you switch associates or close the page.",
  token: "Access code",
  signIn: "Open the floor",
  wrongToken: "This shop does not know this code. Check it, or ask your manager for a new one.",
  badToken: "A code has letters, digits and signs without spaces. Check that it was copied whole.",

  floorRegion: "Guests in the shop",
  cardRegion: "Guest",
  here: (count) => `${count} here`,
  wantHelp: (count) => (count === 1 ? "1 wants help" : `${count} want help`),
  link: { waiting: "Connecting", live: "Live", stale: "Out of date", offline: "Offline" },
  staleBanner: (since) => `No news since ${since}. This list may be out of date.`,
  offlineBanner: (since) =>
    since === undefined
      ? "The server does not answer. Trying again."
      : `No connection since ${since}. Trying again; what you enter is kept and sent later.`,
  waitingBanner: "Connecting to the shop.",
  emptyTitle: "Nobody here just now",
  emptyHint: "Guests who let you know that they are in the shop appear here.",
  loadingFloor: "One moment.",
  newBelow: "New guest",

  justNow: "just in",
  help: "help",
  helpFor: (span) => `Asked for help ${span} ago`,
  withYou: "with you",
  withAssociate: (name) => `with ${name}`,
  leftAt: (time) => `Left ${time}`,
  uncertain: "Perhaps still here",
  uncertainHint: "The shop’s receiver is silent, so nobody can tell whether this guest is still here.",
  stayed: (span) => `stayed ${span}`,
  cameAt: (time) => `since ${time}`,
  arrived: (name, zone) => (zone === undefined ? `${name} has arrived.` : `${name} has arrived, ${zone}.`),
  arrivedMany: (count) => `${count} guests have arrived.`,

  chooseTitle: "Who is in front of you?",
  chooseHint: "Touch a guest to see what they share.",
  closedTitle: "This card is closed",
  closedHint: "The guest is not on the floor any more. Nothing about them is kept on this tablet.",
  back: "Floor",
  loadingCard: "One moment.",
  waitingCard: "The card opens as soon as the connection is back.",
  openingCard: "Opening the card.",
  beforeGreeting: "Say hello first. Once you are with this guest, touch “Greeted” to see what they share.",
  shares: (kinds) => `Shares: ${kinds}`,
  sharesPresence: "Shares only that they are here",
  shared: {
    [SharedKind.UNSPECIFIED]: "",
    [SharedKind.NAME]: "first name",
    [SharedKind.WISH_LIST]: "wish list",
    [SharedKind.SIZES]: "sizes",
    [SharedKind.CART]: "cart",
    [SharedKind.PURCHASES]: "purchases",
    [SharedKind.BROWSING]: "products viewed",
  },
  greeted: "Greeted",
  notThisPerson: "Not this person",

  startersHeading: "What you could say",
  nothingToSay: "Nothing special. A hello is enough.",
  quote: (line) => `“${line.replace(/“/g, "‘").replace(/”/g, "’")}”`,
  why: "why?",
  used: "used",
  notNow: "not now",
  said: "Said",
  putAside: "Put aside for this visit",
  undo: "Undo",
  source: {
    [FactSource.UNSPECIFIED]: "",
    [FactSource.WEB]: "web shop",
    [FactSource.TILL]: "till",
    [FactSource.STOCK]: "stock of this shop",
    [FactSource.CUSTOMER]: "the guest",
    [FactSource.IMPORT]: "imported",
  },

  sizes: "Sizes",
  sizeOf: (of) => SIZE_OF.get(of.toLowerCase()) ?? of,
  wishList: "Wish list",
  cart: "Cart in the web shop",
  usualItems: "Usual items",
  viewed: "Viewed in the web shop",
  orders: "Last orders",
  inStock: (count) => (count === 0 ? "not in stock here" : `in stock here: ${count}`),
  size: (size) => `size ${size}`,
  times: (count) => (count === 1 ? "once" : `${count} times`),
  everyDays: (days) => (days === 1 ? "about every day" : `about every ${days} days`),
  lastOn: (day) => `last on ${day}`,
  moreLines: (count) => (count === 1 ? "and 1 more" : `and ${count} more`),

  outcomeHeading: "How did it go?",
  outcome: {
    [Outcome.UNSPECIFIED]: "",
    [Outcome.SOLD]: "Sold",
    [Outcome.TALKED]: "Talked",
    [Outcome.LEFT_ALONE]: "Left alone",
  },

  notSent: "Kept, not sent yet",
  refused: "The server did not accept this, so it was undone. Please try again.",
  language: "Language",
  languageName: "English",
  switchAssociate: "Switch associate",
  switchShort: "Switch",
  switchUnsent: (count) =>
    count === 1 ? "One entry is not sent yet and would be lost." : `${count} entries are not sent yet and would be lost.`,
  switchAnyway: "Switch anyway",
  stay: "Stay",
};
