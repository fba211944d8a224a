//! The tables of French, without accents, and with a space for each apostrophe.

use super::{
    Class, Table,
    Unsaid::{Haste, Insult, OfOne, Price, Watching},
};

pub(super) static CLASSES: [Class; 15] = [
    ("NOUS", "nous, on, j, je, ils, elles, notre equipe, mes collegues, mon collegue, ma collegue"),
    ("PRO", "vous, t, te, l, les, vous y, t y, vous en, t en"),
    (
        "AVONS",
        "avons, a, ai, avions, avait, avais, ont, avons bien, avons deja, a bien, a deja, ai bien, ai deja, avons
         aussi, a aussi, avons tous, a tous",
    ),
    ("VU", "vu, vue, vus, vues, remarque*, observe*, apercu*, surveille*, constate*"),
    (
        "NOTE",
        "note*, repere*, suivi*, reconnu*, croise*, retrouve*, retenu*, enregistre*, memorise*, compris, devine*",
    ),
    (
        "SAVONS",
        "savons, sait, sais, voyons, voit, vois, connaissons, connait, connais, remarquons, remarque, suivons,
         suit, observons, observe, surveillons, surveille, retenons, devine, devinons, me souviens, nous
         souvenons, se souvient, me rappelle, nous rappelons, comprends",
    ),
    (
        "QUE",
        "que vous, que tu, que t, ce que vous, ce que tu, ce qui vous, ce qui te, ou vous, ou tu, quand vous,
         quand tu, comment vous, comment tu, votre, vos, ton, ta, tes, bien que vous, bien que tu, bien ce que
         vous, bien ce que tu, tout de vous, tout de toi, de vous, de toi, a votre, a ton, de votre, de ton, de
         vos, de tes, d apres votre, d apres ton, sur votre, sur ton, dans votre, dans ton, qui vous, qui tu",
    ),
    (
        "VOUSAVEZ",
        "vous avez, vous aviez, vous l avez, vous l aviez, vous les avez, vous les aviez, vous nous avez, vous
         nous aviez, vous m avez, vous y avez, vous en avez, vous vous etes, vous etes, vous etiez, tu as, tu
         avais, t as, t avais, tu l as, tu l avais, tu les as, tu les avais, tu nous as, tu m as, tu y as, tu en
         as, tu t es, tu es, tu etais, t es, t etais",
    ),
    (
        "DEJA",
        "deja, bien, souvent, recemment, hier, toujours, beaucoup, aussi, peut etre, surement, tant, longtemps,
         tellement, presque, failli, du, encore",
    ),
    (
        "FAIT",
        "achete*, acheter, commande*, regarde*, vu, vue, vus, vues, consulte*, mis, mise, laisse*, aime*, adore*,
         essaye*, cherche*, recherche*, ajoute*, visite*, oublie*, choisi*, demande*, dit, indique*, enregistre*,
         sauvegarde*, clique*, porte*, rendu*, retourne*, reserve*, teste*, paye*, passe*, parcouru*, parle*,
         hesite*, repere*, admire*, compare*, abandonne*, depense*, pris, prefere*, souhaite*, voulu*, note*,
         craque*, flashe*, garde*, suivi*, manque*, venu*, interesse*, inscrit*, abonne*, connecte*, scanne*,
         partage*, revenu*, parti, partie, partis, parties, reparti*, eu, like*",
    ),
    (
        "FAISIEZ",
        "regardiez, cherchiez, recherchiez, etiez, vouliez, aimiez, hesitiez, portiez, consultiez, souhaitiez,
         commandiez, achetiez, preferiez, regardais, cherchais, recherchais, etais, voulais, aimais, hesitais,
         portais, consultais, souhaitais, commandais, achetais, preferais",
    ),
    ("VOTRE", "votre, vos, ton, ta, tes"),
    (
        "CHOSE",
        "panier*, liste*, envies, wishlist*, favori*, coup de coeur, coups de coeur, achat*, historique*,
         profil*, compte*, donnees, telephone*, portable*, smartphone*, mobile*, appareil, appareils, appli,
         applis, application, ecran, recherche*, navigation, clic, clics, localisation, gout, gouts, preferences,
         habitude*, fidelite, points, dernier*, precedent*, passage*, anniversaire*, mail, mails, email*,
         depenses, visites",
    ),
    ("NOMBRE", "0, un, une, deux, trois, quatre, cinq, six, dix, douze, quinze, vingt, trente, cinquante"),
    (
        "MINE",
        "gros, grosse, maigre, moche, laid, laide, vieux, vieille, fatigue*, malade, pale, enceinte, celibataire,
         seul, seule, pauvre, riche, bete, stupide, perdu, perdue, triste, stresse*, petit, petite",
    ),
];

pub(super) static TABLES: [Table; 5] = [
    Table {
        why: Watching,
        said: "NOUS PRO? AVONS VU, NOUS PRO AVONS NOTE, NOUS AVONS NOTE QUE, NOUS SAVONS QUE, NOUS vous connais*,
               NOUS te connais*, NOUS vous suiv*, NOUS vous observ*, NOUS vous surveill*, VOUSAVEZ DEJA? FAIT,
               vous FAISIEZ, vous l FAISIEZ, tu FAISIEZ, tu l FAISIEZ, t FAISIEZ, VOTRE CHOSE, d apres VOTRE, d
               apres ce que, en fonction de VOTRE, compte tenu de VOTRE, dans le panier, au panier, mis de cote,
               laisse derriere, la derniere fois, l autre jour, parce que vous, parce que tu, puisque vous, vu
               que vous, vu que tu, vous venez souvent, vous venez toujours, tu viens souvent, tu viens toujours,
               comme convenu, NOUS AVONS garde votre, NOUS AVONS garde ton, puisque tu, comme vous aimez, comme
               tu aimes, de vous revoir, de te revoir, de vous retrouver, de te retrouver, ca faisait longtemps,
               cela faisait longtemps, joyeux anniversaire, bon anniversaire, m a dit, nous a dit, m ont dit,
               nous ont dit, geolocalis*, videosurveillance, en ligne vous, en ligne tu, la tablette m, la tablette me, la
               tablette dit, mon ecran, notre systeme, algorithme*, intelligence artificielle, hesitez toujours,
               hesites toujours, hesitez encore, hesites encore, pensez toujours a, penses toujours a, m a souffle,
               nous a souffle, il parait que vous, il parait que tu, votre mari est, votre mari a, votre femme est,
               votre femme a, ton mari est, ta femme est",
        except: "si vous, si tu, si t, au plaisir de, a votre gout, a ton gout, a vos gouts, a tes gouts,
                 appareil photo, appareils photo, avec votre telephone, avec ton telephone, recharge* votre
                 telephone, recharge* ton telephone, repar* votre telephone, repar* ton telephone",
    },
    Table {
        why: OfOne,
        said: "VOTRE commande*, VOTRE colis, VOTRE remboursement*, VOTRE offre*, dans votre taille, dans ta
               taille, rien que pour vous, rien que pour toi, juste pour vous, juste pour toi, specialement pour
               vous, specialement pour toi, uniquement pour vous, uniquement pour toi, seulement pour vous,
               seulement pour toi, pour vous seul*, pour toi seul*, selectionne* pour vous, selectionne* pour
               toi, choisi* pour vous, choisi* pour toi, recommande* pour vous, recommande* pour toi, clients
               comme vous, gens comme vous, client* fidele*, fidele* client*, meilleurs clients, meilleures clientes,
               VOTRE pointure, c est VOTRE taille, vous faites du 0, tu fais du 0, du 0 vous, qui depensez, qui
               depenses, vous mariez, te maries, condoleances",
        except: "",
    },
    Table {
        why: Price,
        said: "pour cent, pourcent*, prix, tarif*, moins cher*, pas cher*, bon marche, economis*, rabais,
               remise*, ristourne*, en solde, en soldes, solde, soldee*, soldes a, soldes sur, offre speciale,
               offres speciales, bon plan, bons plans, bonne affaire, bonnes affaires, bon d achat, bons d achat,
               bon de reduction, gratuit*, offert, offerts, offerte, offertes, moitie moins, a moitie, offre
               reservee, offres reservees, NOMBRE de moins, moins NOMBRE pour, seulement 0, 0 seulement, pour 0
               seulement, centime*, coute, coutent, coutera, couter, destockage, liquidation, pour rien, un
               achete, une achetee, deux achete*, trois pour deux, deux pour un, deux pour une, le deuxieme a, la
               deuxieme a, le second a, francs, livres sterling, tiers de moins, moins un tiers, en cadeau avec, en
               cadeau pour, un cadeau avec",
        except: "prix goncourt, prix renaudot, prix femina, prix medicis, prix nobel, prix litteraire*, prix
                 interallie, prix des libraires, prix des lecteurs, prix du livre, prix du jury, prix du public,
                 grand prix, remise a neuf, remise en forme, remise en main*, remise des, seulement 0 minute*, a
                 moitie plein*, coute que coute, pas pour rien",
    },
    Table {
        why: Haste,
        said: "derniere chance, dernieres chances, derniers jours, dernier jour, dernieres heures, dernieres
               pieces, derniere piece, derniers exemplaires, dernieres tailles, derniere occasion, depechez,
               depeche toi, faites vite, fais vite, venez vite, viens vite, vite avant, profitez vite, profitez
               en vite, profite vite, courez, aujourd hui seulement, seulement aujourd hui, uniquement aujourd
               hui, qu aujourd hui, juste aujourd hui, rien qu aujourd hui, maintenant ou jamais, epuisement,
               avant qu il ne soit, avant qu il soit, avant rupture, trop tard, ne manquez, ne manque pas,
               manquez pas, ne ratez, ratez pas, ne rate pas, ne passez pas a cote, ne passe pas a cote, a ne pas
               manquer, a ne pas rater, duree limitee, temps limite, offre limitee, plus que NOMBRE, il n en
               reste, il en reste peu, ne reste que, ne reste plus que, reste plus que, bientot epuise*, presque
               epuise*, partent vite, part vite, se vend vite, se vendent vite, s arrachent, s arrache, se l arrache, se les arrache, il en reste
               NOMBRE, n y en aura plus, il faut
               acheter, vous devez, tu dois, tout le monde achete",
        except: "",
    },
    Table {
        why: Insult,
        said: "VOUSAVEZ trop? MINE, VOUSAVEZ DEJA? grossi, VOUSAVEZ DEJA? maigri, VOUSAVEZ DEJA? vieilli,
               VOUSAVEZ mauvaise mine, VOUSAVEZ une mine, VOUSAVEZ l air, VOTRE ventre, VOTRE rondeurs, amincit, amincissent, a VOTRE age, tais toi, taisez vous, ta gueule,
               imbecile*, connard*, merde*",
        except: "si vous, si tu",
    },
];
