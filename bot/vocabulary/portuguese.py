# ruff: noqa: E501, for each phrase stands on one line, however long.
"""Portuguese, of Brazil and Portugal. PARE, PARAR, SAIR and CANCELAR are the words that Brazilian
carriers' SMS code of conduct and common aggregators act on."""

from bot.vocabulary.language import Language

PORTUGUESE = Language(
    name="Portuguese",
    stop="""parar, pare, parem, parem com isso, pare com isso, cancelar, cancela, cancele,
        cancelem, cancelamento, descadastrar, descadastre, me descadastre, descadastramento,
        desinscrever, me desinscreva, remover, remova, remova me, me remova, me remove, me tira,
        me tire, me tirem, me exclua, exclua me, me retire, retire me, descadastra, chega, basta,
        não quero mais, não mais, revogar, me deixe em paz, me deixa em paz, deixe me em paz,
        deixem me em paz, número errado, pessoa errada, não tenho interesse, sem interesse,
        não estou interessado, não estou interessada, chega de mensagens, vai se foder,
        anular, desativar, desabilitar, engano, não me interessa, anular subscrição""",
    weak_stop="sair, para, fim, encerrar, terminar, excluir, retirar, apagar, acabar, alto, saia",
    polite="""por, favor, obrigado, obrigada, olá, oi, pfv, pf, agora, bom, boa, dia, tarde, noite,
        senhor, gentileza""",
    stop_filler="""já, mesmo, quero, desejo, tudo, todos, imediatamente, desculpe, desculpa, é, eu,
        disse, que, da, de, a, lista, isso, hoje, minha, as, mensagens, assinatura, inscrição, os,
        sms, o, envio, me, gostaria, e, com""",
    stems="descadastr, desinscr, dessubscr",
    negators="não, nunca, jamais, sem, nem",
    bridges="me, se, te, o, a, quero, vou, vai, pode, consigo, para, de, que, vão",
    askers="se, porque, quem",
    reported="quem, fui, foi, se",
    possible="cancelar, cancela, cancele, cancelem, parar, pare, parem, remover, encerrar",
    orders="quero, posso, podem, pode, talvez, favor, poderiam, gostaria, vou, devo, como",
    nouns="a, o, uma, um, sem, se, em, mais, não, que",
    continues="o, os, de, a, em, no, na, por, com, e, tudo",
    leave="sair, sair de, sair da, deixar, sair do",
    leave_filler="a, lista, o, da, de, do, quero",
    join="entrar, participar, inscrever, na, a, lista, quero, em, cadastrar",
    help="""ajuda, me ajuda, me ajude, ajude me, informação, informações, socorro, quem é, quem é você,
        quem são vocês, quem está falando, preciso de ajuda, suporte, o que é isso, quem fala,
        mais informações""",
    start="iniciar, começar, recomeçar, início, retomar, voltar, reiniciar, reativar, comece",
    soft_start="inscrever, me inscrever, me inscreva, assinar, subscrever, cadastrar",
    yes="""sim, claro, confirmo, confirmar, aceito, aceitar, concordo, ok, de acordo, com certeza,
        sim aceito, beleza, blz, confirmado, sim quero""",
    yes_filler="senhor, quero, eu, minha, inscrição, sou, estou",
    unclear="não, não obrigado, não obrigada, não quero, talvez, nunca",
    channel="mensagens, mensagem, sms, lista, número, assinatura, inscrição",
    spellings={"naum": "nao", "vcs": "voces", "vc": "voce", "msgm": "mensagem"},
    classes={
        "send": """mande, mandem, manda, mandes, envie, enviem, envia, envies, escreva, escrevam,
            contate, contatem, contacte, contactem, perturbe, perturbem, incomode, incomodem, ligue,
            liguem, chame, chamem, chateie, chateiem, mandar, enviar, encha, encham""",
        "sending": """mandar, enviar, enviarem, mandarem, escrever, perturbar, incomodar, contatar,
            contactar, ligar, encher, chatear, spammar, torrar, me""",
        "quit": "pare, parem, para, pára, parar, chega, deixe, deixem, cessem, basta, parai",
        "strike": """remova, remove, removam, remover, tira, tire, tirem, tirar, exclua, excluam, exclui,
            excluir, retire, retirem, retira, apague, apaguem, apaga, delete, deletem, descadastre,
            descadastrem, risca, risquem""",
        "things": """mensagens, mensagem, sms, textos, notificações, spam, propaganda, propagandas, avisos,
            promoções, alertas, anúncios, msg, torpedos, publicidade, msgs""",
        "these": "as, essas, estas, suas, tuas, mais, de, esses, os, com, minha, a, o, meu, sua, nenhuma",
        "want": "quero, desejo, gostaria, queria, preciso, posso, como, queremos, solicito, peço",
    },
    stop_phrases="""
        não me? $send mais|nada|nunca
        não me? $send >
        prefiro|desejo|gostaria|quero de? não receber
        não me? $send $these? $these? $things
        não me $send|enviem|mandem
        nunca mais me? $send
        não quero|desejo|queremos mais >
        não quero|desejo|gostaria mais? de? receber|$things|essas|suas|nada|estar|ser|fazer|participar
        não quero|desejo mais? $these? $these? $things
        não quero que me
        não quero|queremos isso
        como faço|faz|fazer para|pra sair|cancelar|parar
        $quit de me? $sending|$send
        $quit com? $these? $these? $things
        $quit com isso|essas|tudo >
        me $strike da|de|do|dessa|desta|deste|desse $these? lista|grupo|base|cadastro|aí|isso
        me $strike >
        $strike me? da|de|do|dessa|desta|deste sua|vossa? lista|grupo|base|cadastro
        $strike meu|este|o|esse|me número|telefone|celular|nome|contato|contacto|>
        $strike me >
        tira|tire|tirem eu da|de|dessa
        não mais $things
        nada|sem mais $things >
        $want sair >
        $want sair da|de|desta|dessa|do|deste minha? lista|grupo|cadastro
        $want cancelar|parar|descadastrar|remover >
        $want cancelar|parar $these? $these? $things|assinatura|inscrição|cadastro|subscrição
        $want parar|deixar de receber
        $want ser removido|removida|excluído|retirado|retirada|excluída
        $want me descadastrar|desinscrever|retirar|remover|cancelar
        cancelar|cancele|cancela|cancelem|anular $these? assinatura|inscrição|cadastro|subscrição|$things|serviço
        me deixa|deixe|deixem em paz
        deixa|deixe|deixem me em paz
        número|pessoa|telefone errado|errada
        você|vocês errou|erraram|enganou de|o? número
        foi|é engano >
        nunca|não me inscrevi|cadastrei|registrei
        nunca|não pedi|solicitei|autorizei isso|essas|$things|nada|para
        não tenho|há? mais? interesse >
        por favor parar|pare|parem|para|chega|basta >
        podem|pode|poderiam parar >
        <vai|vão se foder|ferrar|lascar
        <vai|vão tomar no cu
    """,
    help_phrases="""
        preciso de? ajuda >
        <quem é|são|fala|está você|vocês|isso|falando? >
        pode|podem me ajudar
    """,
    unclear_phrases="""
        muitas|tantas|demais $things
        como conseguiram|conseguiu|têm|obtiveram meu
        isso é spam|golpe|assédio
        vou denunciar|processar|bloquear
    """,
)  # fmt: skip
