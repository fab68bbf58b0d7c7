//! The pages as a browser gets them.

use praden_model::{
    Append, ArticleId, CampaignId, Effects, Evidence, Fact, FieldName, IssueId, IssueState, Look, Seq, Span,
    StageName, Store as _, StoryId, Telling, Verdict, VerdictKind,
};

use crate::world::{Served, World};

async fn html(served: &Served, path: &str, status: u16) -> String {
    let answer = served.get(path).await;
    assert_eq!(answer.status, status, "{path}: {}", answer.body);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
    answer.body
}

fn encode(query: &str) -> String {
    url::form_urlencoded::byte_serialize(query.as_bytes()).collect()
}

#[tokio::test]
async fn the_mornings_issues() {
    let world = World::filled().await;
    let served = world.serve().await;
    insta::assert_snapshot!("candidates", html(&served, "/", 200).await);
    let closed = html(&served, "/?state=closed", 200).await;
    assert!(closed.contains("ไม่มีประเด็นในสถานะนี้"), "{closed}");
    let reported = html(&served, "/?state=reported&utm_source=line", 200).await;
    assert!(reported.contains("/issues/is-1"), "a decorated address still works");
    assert!(!reported.contains("/issues/is-3"), "and asks what it says: {reported}");
    html(&served, "/?state=nonsense", 404).await;
}

#[tokio::test]
async fn one_issue() {
    let world = World::filled().await;
    let served = world.serve().await;
    insta::assert_snapshot!("issue", html(&served, "/issues/is-1", 200).await);
    insta::assert_snapshot!("issue_hostile", html(&served, "/issues/is-3", 200).await);
}

#[tokio::test]
async fn search_and_its_errors() {
    let world = World::filled().await;
    let served = world.serve().await;
    insta::assert_snapshot!("search_empty", html(&served, "/search", 200).await);
    insta::assert_snapshot!(
        "search_hits",
        html(&served, &format!("/search?q={}", encode("น้ำประปา")), 200).await
    );
    insta::assert_snapshot!(
        "search_fault",
        html(&served, &format!("/search?q={}", encode("น้ำ and <b>ไฟ")), 400).await
    );
    let open = html(&served, &format!("/search?q={}", encode("(น้ำ OR")), 400).await;
    assert!(open.contains("<mark>"), "the place is marked: {open}");
    // One article has it glued to a neighbour; the link finds both.
    let cut = html(&served, &format!("/search?q={}", encode("บางแค date:2026-11-22")), 200).await;
    assert!(cut.contains("พบ <b>1</b> ข่าว"), "{cut}");
    assert!(cut.contains("อีก 1 ข่าวมีตัวอักษรเหล่านี้แต่ตัดคำต่างไป"), "{cut}");
    let wider = encode("(บางแค OR =\"บางแค\") AND date:2026-11-22").replace('+', "%20");
    assert!(cut.contains(&format!("/search?q={wider}&amp;order=relevance")), "{wider}: {cut}");
    let all = html(&served, &format!("/search?q={wider}"), 200).await;
    assert!(all.contains("พบ <b>2</b> ข่าว"), "{all}");
    let through = html(&served, &format!("/search?q={}", encode("ขุ่น NOT บางแค")), 200).await;
    assert!(through.contains("1 ข่าวในนี้มีตัวอักษรของคำหลัง NOT"), "{through}");
    let mistyped = html(&served, &format!("/search?q={}", encode("ขุ่น NOT outlet:khaochaa")), 200).await;
    assert!(
        mistyped.contains("<code>outlet:khaochaa</code>") && mistyped.contains("muangthai"),
        "{mistyped}"
    );
    // Saved queries are those of the command, by the same names.
    praden_pipeline::saved::save(world.folder.path(), "น้ำ-ขุ่น", "ขุ่น NOT ไฟ").expect("saved");
    let saved = html(&served, &format!("/search?q={}", encode("@น้ำ-ขุ่น")), 200).await;
    assert!(saved.contains("<code>ขุ่น AND NOT ไฟ</code>"), "{saved}");
    let listed = html(&served, "/search", 200).await;
    assert!(listed.contains(&format!("<a href=\"/search?q={}\">@น้ำ-ขุ่น</a>", encode("@น้ำ-ขุ่น"))), "{listed}");
    let unknown = html(&served, "/search?q=@x", 400).await;
    assert!(unknown.contains("no query is saved as @x (saved: น้ำ-ขุ่น)"), "{unknown}");
    let trouble = html(&served, "/search?q=abc&after=x", 400).await;
    assert!(trouble.contains("`x` is no place to go on from"), "{trouble}");
}

#[tokio::test]
async fn search_without_an_index_says_so_and_makes_none() {
    let world = World::empty();
    let served = world.serve().await;
    let page = html(&served, "/search?q=abc", 503).await;
    assert!(page.contains("nothing has been indexed yet"), "{page}");
    assert!(!world.folder.path().join("index").exists(), "a page writes nothing");
}

#[tokio::test]
async fn what_is_long_is_cut_and_said() {
    let world = World::long(205, 120).await;
    let served = world.serve().await;
    let page = html(&served, "/issues/is-1", 200).await;
    assert_eq!(page.matches("<tr id=\"news-").count(), 200);
    assert!(page.contains("อีก 5 ข่าวค้นได้ด้วย <a href=\"/search?q=story:st-1\">"), "{page}");
    // The latest hundred events.
    assert!(page.contains("… ก่อนหน้านี้ 20 เหตุการณ์"), "{page}");
    for (event, shown) in [(2, false), (20, false), (21, true), (120, true)] {
        assert_eq!(page.contains(&format!("analyst-{event}-of-the-desk")), shown, "event {event}");
    }
}

#[tokio::test]
async fn pages_of_hits_follow_each_other_to_the_end() {
    let world = World::long(45, 1).await;
    let served = world.serve().await;
    for order in ["relevance", "newest"] {
        let mut next = Some(format!("/search?q={}&order={order}", encode("น้ำท่วม")));
        let (mut links, mut pages) = (Vec::new(), 0);
        while let Some(path) = next {
            let page = html(&served, &path, 200).await;
            assert!(page.contains("พบ <b>45</b> ข่าว"), "{page}");
            let hits = page.split("<h2><a href=\"").skip(1).filter_map(|rest| rest.split_once('"'));
            links.extend(hits.map(|(link, _)| link.to_owned()));
            let link = page.split_once("rel=\"next\" href=\"").and_then(|(_, rest)| rest.split_once('"'));
            next = link.map(|(link, _)| link.replace("&amp;", "&"));
            pages += 1;
        }
        links.sort_unstable();
        links.dedup();
        assert_eq!((links.len(), pages), (45, 3), "{order}");
    }
}

#[tokio::test]
async fn a_morning_has_a_cap_and_what_lies_below_waits() {
    let world = World::empty();
    for number in 1..=14 {
        world.raise(number).await;
    }
    let served = world.serve().await;
    let page = html(&served, "/?state=candidate", 200).await;
    assert!(page.contains("the first 12 candidates are for this morning; 2 more wait, in order"), "{page}");
    assert_eq!(page.matches("<span class=\"en\" lang=\"en\">waits</span>").count(), 2);
    assert_eq!(page.matches("<th scope=\"row\">").count(), 14, "all are there");
}

#[tokio::test]
async fn an_issue_that_was_merged_says_where_it_went() {
    let world = World::empty();
    world.raise(1).await;
    world.raise(2).await;
    let merged = Fact::Merged {
        into: IssueId::new(1), by: None, why: "เหตุเดียวกัน".to_owned()
    };
    world
        .change(2, "2026-11-23T09:40:00+07:00", merged, |issue| {
            issue.state = IssueState::Merged;
            issue.merged_into = Some(IssueId::new(1));
        })
        .await;
    let served = world.serve().await;
    let page = html(&served, "/issues/is-2", 200).await;
    assert!(page.contains("<a href=\"/issues/is-1\">is-1</a>"), "{page}");
}

#[tokio::test]
async fn a_claim_that_returns_shows_where_it_was_told() {
    let world = World::empty();
    let telling = |number: u64, campaign: Option<CampaignId>, verdict: Option<VerdictKind>| {
        let (seq, text) = (Seq::new(number), format!("น้ำมะนาวรักษามะเร็ง ครั้งที่ {number}"));
        let claim =
            Evidence { seq, field: FieldName::Title, span: Span::new(0..3), surface: "น".to_owned() };
        Telling {
            seq,
            article: ArticleId::from(seq),
            story: StoryId::new(number),
            at: "2026-11-23T09:30:00+07:00".parse().expect("an instant"),
            text,
            is_source: true,
            verdict: verdict.map(|says| Verdict { says, span: claim.clone() }),
            campaign,
            returns: None,
            claim,
        }
    };
    world.raise(1).await;
    world.raise(2).await;
    let campaign = CampaignId::new(1);
    let tellings = vec![telling(1, None, Some(VerdictKind::False)), telling(2, Some(campaign), None)];
    world.commit(StageName::Issues, 2, Effects { tellings, ..Effects::default() }).await;
    let returned = Fact::CampaignReturned {
        campaign,
        seq: Seq::new(2),
        earlier: Seq::new(1),
        days: 30,
        words: vec!["มะนาว".to_owned()],
    };
    world.change(2, "2026-11-23T09:40:00+07:00", returned, |issue| issue.campaign = Some(campaign)).await;
    let served = world.serve().await;
    let page = html(&served, "/issues/is-2", 200).await;
    for part in [
        "campaign ca-1</span>",
        "ครั้งที่ 1</bdi> · ",
        "judged false",
        "<a href=\"/issues/is-1\">is-1</a>",
        "ca-1 · ห่างจากครั้งก่อน 30 วัน · มะนาว",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn sources_by_health() {
    let world = World::filled().await;
    let served = world.serve().await;
    insta::assert_snapshot!("sources", html(&served, "/sources", 200).await);
}

#[tokio::test]
async fn an_article_that_was_taken_down_says_so() {
    let world = World::filled().await;
    let served = world.serve().await;
    let said = "withdrawn by its outlet";
    let (search, issue) = (format!("/search?q={}", encode("น้ำประปา")), "/issues/is-1");
    for path in [search.as_str(), issue] {
        assert!(!html(&served, path, 200).await.contains(said), "{path}");
    }
    let revision = world.store.read_after(Seq::ZERO, 1).await.expect("the log").remove(0);
    let look = Look {
        url: revision.url,
        source: revision.source,
        link: "https://a.example/".to_owned(),
        etag: None,
        last_modified: None,
        since: revision.fetched_at,
        next_at: None,
        gone_at: Some("2026-11-23T09:00:00+07:00".parse().expect("an instant")),
        withdrawn_at: Some("2026-11-23T15:00:00+07:00".parse().expect("an instant")),
    };
    world.store.append(Append { looks: vec![look], ..Append::default() }).await.expect("appended");
    for path in [search.as_str(), issue] {
        let page = html(&served, path, 200).await;
        assert_eq!(page.matches(said).count(), 1, "{path}: {page}");
        assert!(page.contains("23 พ.ย. 2569 15:00 น."), "{path}: {page}");
    }
}

#[tokio::test]
async fn what_is_not_there() {
    let world = World::filled().await;
    let served = world.serve().await;
    insta::assert_snapshot!("not_found", html(&served, "/nowhere/%3Cscript%3E", 404).await);
    for path in ["/issues/is-99", "/issues/99", "/issues/is-18446744073709551616", "/issues/%FF", "/issues/"]
    {
        let answer = served.get(path).await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn nothing_scraped_becomes_markup() {
    let world = World::filled().await;
    let served = world.serve().await;
    let search = format!("/search?q={}", encode("title:script OR น้ำประปา OR วัคซีน"));
    let fault = format!("/search?q={}", encode("\"<script>alert(4)</script>"));
    for (path, status) in [
        ("/", 200),
        ("/issues/is-1", 200),
        ("/issues/is-3", 200),
        (search.as_str(), 200),
        (fault.as_str(), 400),
        ("/sources", 200),
    ] {
        let page = html(&served, path, status).await;
        for markup in [
            "<script",
            "<img",
            "<b>ตัวหนา",
            "<i>",
            "<u>",
            "<s>",
            "<desk>",
            "<oops>",
            "javascript:alert(3)\"",
            "onerror=alert(2)>\"",
        ] {
            assert!(!page.contains(markup), "{path} has {markup}: {page}");
        }
        // Only addresses of the web and of this server are linked, and those that lead out do not say where from.
        for link in page.split("href=\"").skip(1) {
            let (address, rest) = link.split_once('"').expect("a closed attribute");
            let own = address.starts_with('/') || address.starts_with('#');
            assert!(own || address.starts_with("https://"), "{path}: {address}");
            assert_eq!(!own, rest.starts_with(" rel=\"noopener noreferrer\""), "{path}: {address}");
        }
        let opened = page.matches("<bdi>").count();
        assert_eq!(opened, page.matches("</bdi>").count(), "{path}: every scraped text is closed off");
    }
}

#[tokio::test]
async fn pages_have_what_readers_of_all_kinds_need() {
    let world = World::filled().await;
    let served = world.serve().await;
    for path in ["/", "/issues/is-1", "/search", "/sources"] {
        let page = html(&served, path, 200).await;
        for part in [
            "<html lang=\"th\">",
            "<main id=\"main\">",
            "<nav aria-label=",
            "href=\"#main\"",
            "name=\"viewport\"",
        ] {
            assert!(page.contains(part), "{path} lacks {part}");
        }
        assert_eq!(page.matches("<h1>").count(), 1, "{path}: one main heading");
        assert_eq!(
            page.matches("<table").count(),
            page.matches("<caption").count(),
            "{path}: a caption for each table"
        );
        assert!(
            !page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick="),
            "{path}: nothing inline"
        );
    }
    for path in ["/static/style.css", "/static/icon.svg"] {
        assert_eq!(served.get(path).await.status, 200, "{path}");
    }
}
