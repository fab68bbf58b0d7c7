//! What went wrong with a source, in a sentence a clerk can act on, in Thai and in English.
//!
//! ```
//! use praden_crawl::health::explain;
//! use praden_model::PollFailure;
//!
//! assert!(explain(PollFailure::NotAFeed).en.contains("web page"));
//! ```

use praden_model::PollFailure;

/// A sentence in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// In Thai.
    pub th: &'static str,
    /// In English.
    pub en: &'static str,
}

/// What a failure means and what to do about it.
pub const fn explain(failure: PollFailure) -> Explanation {
    let (th, en) = match failure {
        PollFailure::Unreachable => (
            "ติดต่อเซิร์ฟเวอร์ไม่ได้ ระบบจะลองใหม่เอง หากเป็นนานให้ตรวจว่าที่อยู่ของแหล่งข่าวเปลี่ยนไปหรือไม่",
            "The server cannot be reached. It is tried again by itself; if this lasts, check whether the source has moved.",
        ),
        PollFailure::Timeout => (
            "เซิร์ฟเวอร์ตอบช้าเกินกำหนด ระบบจะลองใหม่เอง",
            "The server took too long to answer. It is tried again by itself.",
        ),
        PollFailure::ClientError => (
            "เซิร์ฟเวอร์ปฏิเสธคำขอหรือไม่พบหน้านี้ ให้ตรวจที่อยู่ของแหล่งข่าว หรือขออนุญาตจากสำนักข่าว",
            "The server refuses the request or has no such page. Check the source's address, or ask the outlet for permission.",
        ),
        PollFailure::Gone => (
            "เซิร์ฟเวอร์แจ้งว่าแหล่งข่าวนี้เลิกให้บริการแล้ว ระบบจะไม่ถามอีกจนกว่าจะมีผู้สั่ง",
            "The server says that this source is gone for good. It is not asked again until a person says so.",
        ),
        PollFailure::Throttled => {
            ("เซิร์ฟเวอร์ขอให้รอ ระบบจะรอตามเวลาที่ขอ", "The server asks us to wait. The wait is kept.")
        }
        PollFailure::ServerError => (
            "เซิร์ฟเวอร์ของแหล่งข่าวขัดข้อง ระบบจะลองใหม่เอง",
            "The source's server has a fault. It is tried again by itself.",
        ),
        PollFailure::AddressForbidden => (
            "ที่อยู่นี้ไม่ใช่ที่อยู่สาธารณะหรือใช้พอร์ตที่ไม่อนุญาต หากเป็นระบบภายในให้ระบุไว้ในไฟล์ไปป์ไลน์",
            "The address is not public, or its port is not allowed. Name it in the pipeline file if it is inside your network.",
        ),
        PollFailure::Redirects => (
            "ถูกส่งต่อหลายทอดเกินไปหรือวนซ้ำ ให้ตรวจที่อยู่ของแหล่งข่าว",
            "There are too many redirects, or they go in circles. Check the source's address.",
        ),
        PollFailure::TooLarge => (
            "ข้อมูลมีขนาดใหญ่เกินกำหนด ให้ตรวจว่าเป็นที่อยู่ของฟีดจริงหรือไม่",
            "The answer is over the size limit. Check whether this is really the feed's address.",
        ),
        PollFailure::Robots => (
            "ไฟล์ robots.txt ของสำนักข่าวไม่อนุญาตให้เก็บ หรืออ่านไฟล์นั้นไม่ได้ ให้ขออนุญาตจากสำนักข่าว",
            "The outlet's robots.txt forbids it, or cannot be had. Ask the outlet for permission.",
        ),
        PollFailure::NotAFeed => (
            "ได้หน้าเว็บหรือข้อมูลอย่างอื่นแทนฟีด สำนักข่าวอาจย้ายฟีดหรือกันโปรแกรมเก็บข้อมูล",
            "A web page or something else came instead of a feed. The outlet may have moved it, or keeps crawlers out.",
        ),
        PollFailure::Unreadable => (
            "ได้ข้อมูลมาแต่อ่านไม่ได้หรือว่างเปล่า ให้ดูรายละเอียดด้วยคำสั่ง praden source test",
            "An answer came that is empty or cannot be read. See `praden source test` for the details.",
        ),
    };
    Explanation { th, en }
}
