# ruff: noqa: E501, for each phrase stands on one line, however long.
"""French, of France and Québec. ARRET is required beside STOP in Canada (Canadian Common Short Code
guidelines); the rest are the infinitives and imperatives that people text."""

from bot.vocabulary.language import Language

FRENCH = Language(
    name="French",
    stop="""arrêt, arrêter, arrêtez, arrête, arrêtez ça, arrête ça, arrêtez tout, arrêt sms,
        désabonner, désabonnez, désabonnez moi, désabonne moi, désabonnement, me désabonner,
        se désabonner, désinscrire, désinscription, désinscrivez moi, me désinscrire, annuler,
        annulez, annule, annulation, résilier, résiliation, résiliez, quitter, retirez moi,
        retire moi, supprimez moi, supprime moi, enlevez moi, enlève moi, effacez moi, révoquer,
        laissez moi tranquille, laisse moi tranquille, fichez moi la paix, foutez moi la paix,
        mauvais numéro, faux numéro, pas intéressé, pas intéressée, ça suffit, plus jamais, plus de messages,
        plus de sms, stopper, stoppez, cessez, cesser, allez vous faire foutre, casse toi,
        erreur de numéro, dégagez, dégage, foutez le camp""",
    weak_stop="fin, finir, terminer, retirer, supprimer, sortir, halte, assez, effacer, enlever",
    polite="""s, il, te, vous, plaît, merci, svp, stp, bonjour, salut, bonsoir, maintenant, madame,
        monsieur, oui, beaucoup""",
    stop_filler="""tout, de, suite, immédiatement, je, veux, voudrais, souhaite, moi, me, la, les,
        messages, sms, j, ai, dit, désolé, pardon, déjà, ces, cette, liste, bon, alors,
        à, mon, numéro, envois, l, abonnement, mes, vos, et, aujourd, hui""",
    stems="désabon, désinscri",
    negators="ne, n, pas, jamais, sans, nest, non",
    bridges="me, m, se, vous, te, veux, veut, pas, peux, va, vais, surtout, arrive, à, de, l, le, les",
    askers="si, pourquoi, qui",
    reported="si, qui, pourquoi",
    possible="arrêter, arrêtez, arrête, annuler, annulez, quitter, résilier",
    orders="veux, peux, peut, pouvez, voudrais, plaît, svp, stp, être, devrais, dois",
    nouns="l, un, le, d, cet, prochain, dernier, sans, en, la, n, ne, s, j, nous, on",
    continues="de, d, bus, tes, ta, ton, le, la, les, un, une, tout, chez, en",
    leave="quitter, quitte, sortir de, partir de, quittez",
    leave_filler="la, liste, je, veux, le",
    join="rejoindre, joindre, inscrire, abonner, inscription, m, la, liste, je, veux, à",
    help="""aide, aidez moi, aide moi, à l aide, infos, informations, assistance, qui êtes vous,
        qui es tu, qui est ce, c est qui, besoin d aide, j ai besoin d aide, au secours, secours,
        renseignements, plus d infos""",
    start="""commencer, démarrer, reprendre, débuter, début, recommencer, réactiver, reprise""",
    soft_start="abonner, m abonner, abonnez moi, s abonner, inscrire, m inscrire, abonnement",
    yes="""oui, ouais, ouaip, d accord, accord, je confirme, confirmer, confirme, j accepte, accepter,
        accepte, bien sûr, ok, je suis d accord, certainement, oui je confirme""",
    yes_filler="je, le, mon, veux, monsieur, tout, à, fait, j, abonnement",
    unclear="non, non merci, peut être, jamais, trop de messages",
    channel="messages, message, sms, liste, numéro, abonnement, textos",
    classes={
        "send": """envoyez, envoie, envoies, envoyer, écrivez, écris, écrire, contactez, contacte,
            contacter, dérangez, dérange, déranger, appelez, appelle, textez, texte, harcelez,
            embêtez, embête, spammez, sollicitez, importunez, textes, spamme, messagez""",
        "me": "m, me, nous, moi",
        "stop": "arrêtez, arrête, arrêter, cessez, cesse, cesser, stop, stoppez, arrêtés, arrêtes",
        "things": """messages, message, sms, textos, texto, pub, pubs, publicité, publicités, spam, spams,
            notifications, envois, alertes, mails, infolettres, promos, messagerie""",
        "these": "aux, ta, votre, cet, vos, ces, les, tes, de, des, d, cette, tous, tout, le, la, ce, l, mon, mes",
        "strike": """retirez, retire, supprimez, supprime, enlevez, enlève, effacez, efface, ôtez, rayez,
            sortez, désinscrivez, désabonnez, retirer, supprimer, enlever, effacer, rayer, virez,
            oubliez""",
        "signed": "inscrit, inscrite, abonné, abonnée, demandé, souscrit, accepté, consenti",
        "want": "veux, voudrais, souhaite, aimerais, désire, comment, demande, souhaiterais",
    },
    stop_phrases="""
        ne|n $me? $send plus|pas|jamais|rien
        ne plus $me? $send|recevoir
        fini les|ces|vos? $things
        n envoyez|envoie plus|pas|rien
        $me $send plus|jamais >
        $me $send plus|jamais de|rien|ces|vos
        $send moi? plus de? $things|rien|>
        plus de|aucun $things >
        plus de|aucun $things svp|stp|merci|s
        $stop de|d $me? $send
        $stop $these? $these? $these? $things
        $stop avec? ça|ca|tout|cela >
        $stop de? me|m harceler|écrire|déranger|envoyer|contacter|texter|embêter|spammer
        $strike moi >
        $strike moi|me de|d|du $these? $these? liste|listes|base|fichier|là|ici|groupe
        $strike $these? $these? numéro|nom|contact|téléphone|coordonnées
        ne veux|souhaite|désire|voudrais plus|pas recevoir|$things|rien|être|de|vos|ces|en
        ne veux|souhaite|désire|voudrais plus >
        veux|souhaite|voudrais plus recevoir|$things|rien|être|vos|ces
        veux|souhaite|voudrais plus de $things
        me|m retirer|désinscrire|désabonner|supprimer|enlever|effacer de|d $these? $these? liste|listes|base|fichier
        veuillez|merci de? me|m? retirer|désinscrire|désabonner|supprimer|enlever
        merci|veuillez de? ne plus|pas
        $want me|m|nous? désabonner|désinscrire|retirer
        $want arrêter|annuler|résilier|quitter >
        $want me? désabonner|désinscrire
        être retiré|retirée|supprimé|supprimée|désinscrit|désinscrite|désabonné|désabonnée|enlevé
        $want ne plus recevoir|être
        $want arrêter|annuler|résilier|quitter|stopper $these? $these? $things|abonnement|liste|inscription|ça
        annuler|annulez|résilier|résiliez|annule $these? abonnement|inscription|souscription
        laissez|laisse|fichez|foutez|fiche|fous moi|nous tranquille|la|en paix?
        mauvais|faux|mauvaise numéro|personne
        vous|tu|t vous? êtes|es|trompez|trompé|trompés trompé|trompés|de? numéro|personne
        erreur de numéro|destinataire
        jamais $signed
        n ai jamais|pas $signed à|pour? ça|cela|vos|ces|ceci|cette|>
        me suis jamais|pas inscrit|inscrite|abonné|abonnée
        pas|plus intéressé|intéressée >
        pouvez|pourriez|peux|peut vous|tu|on? arrêter|cesser|stopper >
        svp|stp|plaît arrêtez|arrête|arrêter|stop|stoppez >
        <va|allez te|vous faire foutre
        <ça suffit >
    """,
    help_phrases="""
        besoin d? aide|aider >
        <qui êtes|es|est vous|tu|ce|là? >
        pouvez vous? m aider
    """,
    unclear_phrases="""
        trop de $things
        comment avez vous? eu|obtenu|trouvé mon|ce
        où avez vous? eu|obtenu|trouvé mon|ce
        c est du? spam|harcèlement|une arnaque?
        je vais porter|signaler plainte?
    """,
)  # fmt: skip
