// Textes français. Espaces insécables : fines (U+202F) devant ; ? !, pleines (U+00A0) devant : et dans « ».

import { FactSource, Outcome, SharedKind } from "../gen/shopbell/floor/v1/floor_pb";
import type { Catalogue } from "./catalogue";

const SIZE_OF = new Map([
  ["shoes", "chaussures"],
  ["tops", "hauts"],
  ["bottoms", "pantalons"],
  ["dresses", "robes"],
  ["coats", "manteaux"],
  ["gloves", "gants"],
  ["rings", "bagues"],
]);

export const fr: Catalogue = {
  title: "Shopbell",
  someone: "Une personne",

  signInTitle: "Bonjour",
  signInHint:
    "Saisissez votre code d’accès. Il reste sur cette tablette jusqu’au changement de conseiller ou à la fermeture de la page.",
  token: "Code d’accès",
  signIn: "Ouvrir la boutique",
  wrongToken: "Cette boutique ne connaît pas ce code. Vérifiez-le ou demandez-en un nouveau à votre responsable.",
  badToken: "Un code se compose de lettres, de chiffres et de signes, sans espace. Vérifiez qu’il est complet.",

  floorRegion: "Clients dans la boutique",
  cardRegion: "Client",
  here: (count) => (count < 2 ? `${count}\u00a0présent` : `${count}\u00a0présents`),
  wantHelp: (count) => (count === 1 ? "1\u00a0demande d’aide" : `${count}\u00a0demandes d’aide`),
  link: { waiting: "Connexion", live: "En direct", stale: "Pas à jour", offline: "Hors ligne" },
  staleBanner: (since) => `Sans nouvelles depuis ${since}. Cette liste n’est peut-être plus à jour.`,
  offlineBanner: (since) =>
    since === undefined
      ? "Le serveur ne répond pas. Nouvel essai en cours."
      : `Sans connexion depuis ${since}. Nouvel essai en cours\u202f; vos saisies sont gardées et partiront ensuite.`,
  waitingBanner: "Connexion à la boutique.",
  emptyTitle: "Personne pour l’instant",
  emptyHint: "Les clients qui signalent leur présence en boutique apparaissent ici.",
  loadingFloor: "Un instant.",
  newBelow: "Nouvelle arrivée",

  justNow: "à l’instant",
  help: "aide",
  helpFor: (span) => `Demande de l’aide depuis ${span}`,
  helpJustNow: "Demande de l’aide à l’instant",
  withYou: "avec vous",
  withAssociate: (name) => `avec ${name}`,
  leftAt: (time) => `Départ ${time}`,
  uncertain: "Peut-être encore là",
  uncertainHint: "Le récepteur de la boutique est muet\u202f: impossible de savoir si cette personne est encore là.",
  stayed: (span) => `visite de ${span}`,
  stayedBriefly: "visite de moins d’une minute",
  cameAt: (time) => `depuis ${time}`,
  arrived: (name, zone) => (zone === undefined ? `Arrivée\u00a0: ${name}.` : `Arrivée\u00a0: ${name}, ${zone}.`),
  arrivedMany: (count) => `${count} arrivées.`,

  chooseTitle: "Qui est devant vous\u202f?",
  chooseHint: "Touchez une personne pour voir ce qu’elle partage.",
  closedTitle: "Cette fiche est fermée",
  closedHint: "Cette personne n’est plus affichée. Rien à son sujet n’est conservé sur cette tablette.",
  back: "Boutique",
  loadingCard: "Un instant.",
  waitingCard: "La fiche s’ouvrira dès le retour de la connexion.",
  openingCard: "Ouverture de la fiche.",
  beforeGreeting: "D’abord un bonjour. Une fois avec cette personne, touchez «\u00a0Accueil fait\u00a0» pour voir ce qu’elle partage.",
  shares: (kinds) => `Partage\u00a0: ${kinds}`,
  sharesPresence: "Partage seulement sa présence",
  shared: {
    [SharedKind.UNSPECIFIED]: "",
    [SharedKind.NAME]: "prénom",
    [SharedKind.WISH_LIST]: "liste d’envies",
    [SharedKind.SIZES]: "tailles",
    [SharedKind.CART]: "panier",
    [SharedKind.PURCHASES]: "achats",
    [SharedKind.BROWSING]: "produits consultés",
  },
  greeted: "Accueil fait",
  notThisPerson: "Ce n’est pas cette personne",

  startersHeading: "À dire, si cela vient bien",
  nothingToSay: "Rien de particulier. Un bonjour suffit.",
  // A citation within a citation takes the other marks.
  quote: (line) => `«\u00a0${line.replace(/«\s*/g, "“").replace(/\s*»/g, "”")}\u00a0»`,
  why: "pourquoi\u202f?",
  used: "dit",
  notNow: "pas maintenant",
  said: "Dit",
  putAside: "Mis de côté pour cette visite",
  undo: "Annuler",
  source: {
    [FactSource.UNSPECIFIED]: "",
    [FactSource.WEB]: "boutique en ligne",
    [FactSource.TILL]: "caisse",
    [FactSource.STOCK]: "stock de cette boutique",
    [FactSource.CUSTOMER]: "le client",
    [FactSource.IMPORT]: "importé",
  },

  sizes: "Tailles",
  sizeOf: (of) => SIZE_OF.get(of.toLowerCase()) ?? of,
  wishList: "Liste d’envies",
  cart: "Panier en ligne",
  usualItems: "Achats habituels",
  viewed: "Consultés en ligne",
  orders: "Dernières commandes",
  inStock: (count) => (count === 0 ? "pas en stock ici" : `en stock ici\u00a0: ${count}`),
  size: (size) => `taille ${size}`,
  times: (count) => `${count}\u00a0fois`,
  everyDays: (days) => (days === 1 ? "environ chaque jour" : `environ tous les ${days} jours`),
  lastOn: (day) => `dernier achat le ${day}`,
  moreLines: (count) => (count === 1 ? "et 1 autre" : `et ${count} autres`),

  outcomeHeading: "Comment cela s’est-il passé\u202f?",
  outcome: {
    [Outcome.UNSPECIFIED]: "",
    [Outcome.SOLD]: "Vente",
    [Outcome.TALKED]: "Échange",
    [Outcome.LEFT_ALONE]: "Laisser tranquille",
  },

  notSent: "Gardé, pas encore envoyé",
  refused: "Le serveur n’a pas accepté cette saisie\u202f; elle a été annulée. Réessayez.",
  guestLeft: "Ce client est parti.",
  language: "Langue",
  languageName: "Français",
  switchAssociate: "Changer de conseiller",
  switchShort: "Changer",
  switchUnsent: (count) =>
    count < 2 ? "Une saisie n’est pas encore envoyée et serait perdue." : `${count} saisies ne sont pas encore envoyées et seraient perdues.`,
  switchAnyway: "Changer quand même",
  stay: "Rester",
};
